"""Reviews of the log."""
