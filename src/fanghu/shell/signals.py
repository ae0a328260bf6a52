"""What apps above are told by the gate."""

from django.dispatch import Signal

access_refused = Signal()
"""Sent with ``request``, ``right`` (what the view asked for, "" for none) and ``page`` (the view's name) when the gate refuses."""
