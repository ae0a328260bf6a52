"""The small hot processes that take in logs: listeners, validation, one sequencer for each log; no Django."""
