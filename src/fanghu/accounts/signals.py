"""What apps above are told, inside the deed's transaction."""

from django.dispatch import Signal

sessions_must_end = Signal()
"""Sent with ``account``, ``reason``, ``now`` (and ``keep``, a session id to spare); a receiver returns how many it ended."""

canaries_removed = Signal()
"""Sent with ``run_id`` and ``accounts`` before a run's canaries go; a receiver removes its traces and returns what it could not."""
