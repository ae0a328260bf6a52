"""Readings of article 4: computer audit records and accountability."""
