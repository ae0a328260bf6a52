"""Readings of article 8: protection of systems and communication."""
