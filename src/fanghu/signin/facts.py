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


@dataclass(frozen=True, slots=True)
class Automation:
    """How robots are kept from trying (6.8): as declared on every address, and as it worked over the past day.

    ``first_cost`` is what the first attempt must bring (0: nothing), ``dearer`` how many times as much after three
    failures. ``source_attempts`` in ``source_minutes`` limit one source; None where nothing does.
    """

    addresses: frozenset[str]
    open_to_robots: frozenset[str]
    first_cost: int
    dearer: float
    used_once: bool
    source_attempts: int | None
    source_minutes: float
    let_in_without: int


@dataclass(frozen=True, slots=True)
class MaskedSignIn:
    """What sign-in lets slip (6.10): fields that show a password, the deadline of answers, locks that tell.

    ``deadline_ms`` is the time from an attempt's arrival to its answer, 0 where answers leave when they are ready.
    """

    shown_fields: frozenset[str]
    deadline_ms: int
    unlike_locks: int
