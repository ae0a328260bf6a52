"""People's work on the log: the daily review of what administrators did (4.3) and the periodic one (4.4)."""
