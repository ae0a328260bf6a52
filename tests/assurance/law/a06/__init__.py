"""Article 6."""
