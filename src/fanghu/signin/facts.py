"""What a sign-in mechanism says of itself, whoever provides it; one instance is one system's."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Lockout:
    """How repeated failures are stopped (6.5): as set, and as it worked over the locks on record.

    ``lock_minutes`` and ``shortest_lock`` are minutes; ``shortest_lock`` is None while no lock has run its course.
    """

    failures_allowed: int
    lock_minutes: int
    counts_since_success: bool
    exempt: frozenset[str]
    shortest_lock: float | None
    accepted_while_locked: int
