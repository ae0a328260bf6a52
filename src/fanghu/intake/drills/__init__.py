"""Drills of the intake: a source that falls silent on purpose."""
