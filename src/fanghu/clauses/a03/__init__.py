"""Readings of article 3: access control."""
