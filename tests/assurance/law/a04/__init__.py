"""Article 4."""
