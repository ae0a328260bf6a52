"""A job: its name, how often it runs, and what it does with the time it is given; no Django."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Job:
    """``run(now)`` must be safe to run again after a crash midway (idempotent).

    A job with ``own_claim`` protects its work itself (the log's lock, a row it claims) and is run without a row of
    its own, so that looking for work every second writes nothing. One that runs ``apart`` has a thread of its own in
    the keeper, so that the others do not wait for it.
    """

    name: str
    every: timedelta
    run: Callable[[datetime], object]
    own_claim: bool = False
    apart: bool = False
