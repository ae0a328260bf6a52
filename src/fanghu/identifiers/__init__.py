"""Identifiers and dates as Taiwan writes them, read and checked; a plain library."""
