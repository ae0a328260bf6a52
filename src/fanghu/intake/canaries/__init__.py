"""Canary records: one by each open way into the log, and followed from there to the search."""
