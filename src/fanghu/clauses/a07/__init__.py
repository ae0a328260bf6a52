"""Readings of article 7: acquisition, development and maintenance of systems."""
