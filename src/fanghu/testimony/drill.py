"""The contract of a drill: what it sets out to reach, its steps with times, its result, its clean-up."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from ipaddress import IPv4Address
from typing import Literal

from fanghu.testimony.envelope import Subject

DrillResult = Literal["passed", "failed", "not_reached", "interrupted"]


@dataclass(frozen=True, slots=True)
class Step:
    """One thing tried: what was expected, what was seen, when, and whether they agree.

    ``name``, ``expected`` and ``seen`` are templates marked for translation; ``params`` fills their ``{fields}``.
    """

    name: str
    expected: str
    seen: str
    at: datetime
    ok: bool
    params: Mapping[str, str | int] = field(default_factory=dict)


@dataclass(slots=True)
class DrillRun:
    """A run under way: steps are added as they happen; ``run_id`` marks everything the run creates."""

    run_id: str
    duty: str
    subject: Subject
    base_url: str
    clock: Callable[[], datetime]
    steps: list[Step] = field(default_factory=list)
    resume_at: datetime | None = None
    memory: dict[str, str] = field(default_factory=dict)

    @property
    def source(self) -> str:
        """A loopback address of this run's own (in 127.64.0.0/10), so that a drill meets no limit but its own."""
        digest = hashlib.sha256(self.run_id.encode()).digest()
        return str(IPv4Address(0x7F400001 + int.from_bytes(digest[:4]) % 0x3FFFFD))

    def step(self, name: str, *, expected: str, seen: str, ok: bool, **params: str | int) -> bool:
        """Record one step now and return whether it held."""
        self.steps.append(Step(name, expected, seen, self.clock(), ok, params))
        return ok


@dataclass(frozen=True, slots=True)
class Drill:
    """A named drill for one duty on one subject.

    ``attack(run)`` does the work over the wire and returns a result, or None after setting ``run.resume_at`` and
    ``run.memory`` when a later step must wait (it is called again then). ``clean_up(run_id)`` removes every trace and
    returns what is still left (empty means proved clean); it must be safe to call again after a crash.
    ``also()`` names other systems whose duty rests on the very mechanism that is tried, so that a run stands for them too.
    """

    name: str
    duty: str
    subject: Subject
    sets_out_to: str
    every: timedelta
    attack: Callable[[DrillRun], DrillResult | None]
    clean_up: Callable[[str], Iterable[str]]
    also: Callable[[], Iterable[Subject]] = tuple
