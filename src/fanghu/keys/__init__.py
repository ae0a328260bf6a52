"""Keysets and their custody outside the database."""
