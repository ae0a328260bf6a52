"""Pure decisions of reviews: when a day is due, where it stands, what differs from an administrator's habit."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import Literal

DAY = timedelta(days=1)
SATURDAY = 5
HABIT_DAYS = 30
FOLLOW_UP_DAYS = 14
State = Literal["signed", "open", "late", "changed"]
Difference = Literal["actor", "type", "object", "hour", "place"]


@dataclass(frozen=True, slots=True)
class Part:
    """What one source of one log adds to a system's day."""

    log: str
    source: str
    records: int
    digest: str
    came_on: date


@dataclass(frozen=True, slots=True)
class SignOff:
    """The newest sign-off of a day, as far as its standing needs it."""

    part: int
    records: int
    content_hash: str
    signed_on: date


@dataclass(frozen=True)
class Day:
    """One system's day: what it holds, by when it must be signed, the newest sign-off."""

    system: str
    day: date
    parts: tuple[Part, ...]
    due_on: date
    signed: SignOff | None

    @property
    def records(self) -> int:
        """How many records of administrators' deeds it holds."""
        return sum(part.records for part in self.parts)

    @cached_property
    def content_hash(self) -> str:
        """What a sign-off binds to."""
        return content_hash(self.system, self.day, self.parts)

    @cached_property
    def state(self) -> State:
        """``late``: more records came after it was signed; ``changed``: it holds something else than was signed."""
        if self.signed is None:
            return "open"
        if self.signed.content_hash == self.content_hash:
            return "signed"
        return "late" if self.records > self.signed.records else "changed"

    @property
    def waits(self) -> bool:
        """Whether a person must look at it."""
        return self.state != "signed"

    @property
    def late(self) -> int:
        """How many records came after the newest sign-off."""
        return self.records - self.signed.records if self.signed else 0

    def overdue(self, today: date) -> bool:
        """Whether it should have been signed before ``today``."""
        return self.waits and today > self.due_on


@dataclass(frozen=True, slots=True)
class Deed:
    """What somebody did in one hour from one place: the grain in which habit is known."""

    actor: str
    type: str
    kind: str
    hour: int
    place: str


def content_hash(system: str, day: date, parts: Iterable[Part]) -> str:
    """SHA-256 (hex) over a day's content; a day without any deed has one too.

    >>> content_hash("a", date(2026, 1, 1), []) == content_hash("a", date(2026, 1, 2), [])
    False
    """
    held = sorted([part.log, part.source, part.records, part.digest] for part in parts)
    return text_hash([system, day.isoformat(), held])


def text_hash(content: object) -> str:
    """SHA-256 (hex) of plain values as JSON."""
    return hashlib.sha256(json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()).hexdigest()


def next_business_day(day: date, holidays: Collection[date] = ()) -> date:
    """The first day after ``day`` that is neither Saturday, Sunday nor a holiday.

    >>> next_business_day(date(2026, 11, 20)).isoformat()
    '2026-11-23'
    """
    found = day + DAY
    while found.weekday() >= SATURDAY or found in holidays:
        found += DAY
    return found


def days_due(
    system: str, parts: dict[date, list[Part]], begun: date, today: date, signed: dict[date, SignOff],
    holidays: Collection[date] = (),
) -> list[Day]:  # fmt: skip
    """Every day over before ``today`` that must be reviewed: all since the log began here, and older ones with records.

    What came in later than its day is due on the business day after it came in.
    """
    every = {begun + DAY * number for number in range((today - begun).days)}
    found = []
    for day in sorted(every | {day for day in parts if day < today}):
        held = tuple(parts.get(day, ()))
        came = max([day, *(part.came_on for part in held)])
        found.append(Day(system, day, held, next_business_day(came, holidays), signed.get(day)))
    return found


def differences(deeds: Sequence[Deed], past: Iterable[Deed]) -> dict[tuple[str, str, str], set[Difference]]:
    """For each (actor, type, kind of object): what was not seen of that actor in the days before.

    An hour counts as seen with the hours next to it.
    """
    known: dict[str, dict[str, set[object]]] = {}
    for deed in past:
        seen = known.setdefault(deed.actor, {"type": set(), "object": set(), "hour": set(), "place": set()})
        seen["type"].add(deed.type)
        seen["object"].add(deed.kind)
        seen["place"].add(deed.place)
        seen["hour"].update({(deed.hour + step) % 24 for step in (-1, 0, 1)})
    found: dict[tuple[str, str, str], set[Difference]] = {}
    for deed in deeds:
        new = found.setdefault((deed.actor, deed.type, deed.kind), set())
        if deed.actor not in known:
            new.add("actor")
            continue
        seen = known[deed.actor]
        values: dict[Difference, object] = {
            "type": deed.type, "object": deed.kind, "hour": deed.hour, "place": deed.place
        }  # fmt: skip
        new.update(name for name, value in values.items() if value not in seen[name])
    return found


def uncovered(since: date, today: date, periods: Iterable[tuple[date, date]], every: int) -> int:
    """Days from ``since`` that no review covers and that are older than one period.

    >>> uncovered(date(2026, 1, 1), date(2026, 3, 1), [(date(2026, 1, 1), date(2026, 1, 31))], 31)
    0
    >>> uncovered(date(2026, 1, 1), date(2026, 3, 1), [(date(2026, 1, 11), date(2026, 1, 31))], 31)
    10
    """
    last = today - DAY * (every + 1)
    missing, at = 0, since
    for begins, ends in sorted(periods):
        if begins > at:
            missing += max(0, (min(begins, last) - at).days)
        at = max(at, ends + DAY)
    return missing + max(0, (last - at).days)
