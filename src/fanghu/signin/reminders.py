"""When a holder is reminded: of a password that must soon be changed, of recovery codes that run out. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta
from math import ceil

THRESHOLDS = (1, 7, 14)
"""Days before the end of a password from which its holder is told, each time more plainly."""
FEW_CODES = 3


def days_left(expires_at: datetime, now: datetime) -> int:
    """Days until then, counted up: 1 is the last one; 0 when it is over."""
    return max(0, ceil((expires_at - now) / timedelta(days=1)))


def expiry_reached(expires_at: datetime, now: datetime) -> int | None:
    """The nearest threshold of days that is reached, or None while none is."""
    left = days_left(expires_at, now)
    return next((threshold for threshold in THRESHOLDS if left <= threshold), None)


def codes_run_out(left: int | None) -> bool:
    """Whether few recovery codes are left; None means that none were made."""
    return left is not None and left <= FEW_CODES
