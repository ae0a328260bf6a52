"""Readings of article 6: identity verification."""
