"""Decisions on sign-in: when failures lock (6.5), how long a link lives."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

SEEN_EVERY = timedelta(seconds=30)
LINK_LIFE = timedelta(minutes=60)
IN_FLIGHT = timedelta(seconds=60)
"""An attempt that never told its result (a killed process) stops counting after this."""


@dataclass(frozen=True, slots=True)
class LockLimits:
    """Duty 6.5's numbers."""

    max_failures: int = 3
    lock_minutes: int = 15

    @property
    def lock_for(self) -> timedelta:
        """How long a lock stands."""
        return timedelta(minutes=self.lock_minutes)


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a login id stands before an attempt: failures since the last success or lock end, and its newest lock."""

    failures: int
    last_failed_at: datetime | None
    in_flight: int
    in_flight_since: datetime | None
    locked_until: datetime | None


Gate = Literal["open", "locked", "in_flight"]


def failures_now(standing: Standing, limits: LockLimits, now: datetime) -> int:
    """Failures that still count: since the last success, and since the end of the last lock; no window.

    The lock row alone says how long nothing is let through: once it is over, the failures that made it are spent.
    """
    if standing.failures >= limits.max_failures:
        return 0 if standing.locked_until is None or standing.locked_until <= now else standing.failures
    until = standing.locked_until
    spent = until is not None and until <= now and (standing.last_failed_at is None or standing.last_failed_at < until)
    return 0 if spent else standing.failures


def in_flight_now(standing: Standing, now: datetime) -> int:
    """Attempts under way whose result is not known yet."""
    since = standing.in_flight_since
    return standing.in_flight if since is not None and now - since < IN_FLIGHT else 0


def gate(standing: Standing, limits: LockLimits, now: datetime) -> Gate:
    """Whether an attempt may be made: never during a lock, never one more at a time than could still fail."""
    if standing.locked_until is not None and now < standing.locked_until:
        return "locked"
    if failures_now(standing, limits, now) + in_flight_now(standing, now) >= limits.max_failures:
        return "in_flight"
    return "open"


def lock_until(failures: int, limits: LockLimits, now: datetime) -> datetime | None:
    """Until when this failure (the ``failures``-th that counts) locks, or None."""
    return now + limits.lock_for if failures >= limits.max_failures else None


def link_alive(expires_at: datetime, used_at: datetime | None, now: datetime) -> bool:
    """Whether a one-time link can still be used."""
    return used_at is None and now < expires_at
