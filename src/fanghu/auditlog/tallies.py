"""What each source's log adds up to by day and kind of event, kept beside the search index; no Django.

Days are Taipei days, numbered from 1970-01-01.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from math import inf

from fanghu.auditlog.derived import milliseconds_of
from fanghu.auditlog.record import LogRecord

DAY_MS = 86_400_000
TAIPEI_MS = 8 * 3_600_000
STARTS = frozenset({"server.started", "service.started"})
"""Kinds of events that say that a system was off until then."""

SCHEMA = """
CREATE TABLE IF NOT EXISTS tally (
  source TEXT NOT NULL, day INTEGER NOT NULL, type TEXT NOT NULL, records INTEGER NOT NULL, first INTEGER NOT NULL,
  lead INTEGER NOT NULL, zoneless INTEGER NOT NULL, outcomes INTEGER NOT NULL, objects INTEGER NOT NULL,
  hosts INTEGER NOT NULL, came INTEGER NOT NULL, PRIMARY KEY (source, day, type)) WITHOUT ROWID;
"""
ADD = """
INSERT INTO tally VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (source, day, type) DO UPDATE SET
  records = records + excluded.records, first = min(first, excluded.first), lead = max(lead, excluded.lead),
  zoneless = zoneless + excluded.zoneless, outcomes = outcomes + excluded.outcomes,
  objects = objects + excluded.objects, hosts = hosts + excluded.hosts, came = max(came, excluded.came)
"""
READ = "SELECT source, day, type, records, first, lead, zoneless, outcomes, objects, hosts, came FROM tally"
Row = tuple[str, int, str, int, int, int, int, int, int, int, int]
LATE_MS = 31 * DAY_MS
"""What a source that sends as things happen says of a time longer ago than this is a clock that was wrong, or a backlog."""


@dataclass(frozen=True, slots=True)
class Came:
    """Records that came in by a day: how many, of how many nobody stated the zone, and how far their own times lie after the
    time they came in (seconds, the largest; negative: never).
    """

    records: int
    zoneless: int
    lead_seconds: float

    def __add__(self, other: Came) -> Came:
        """Both."""
        lead = max(self.lead_seconds, other.lead_seconds)
        return Came(self.records + other.records, self.zoneless + other.zoneless, lead)


@dataclass(frozen=True, slots=True)
class SourceTally:
    """One source's log: how many records, since when, on which days, of which kinds, and how it states its times.

    ``first_of`` is the first time that each day's records state; ``late`` are days of which all that tells of them came in
    over a month later; ``started`` those on which the system says it started; ``came`` is by the day of receipt; ``fields``
    are those among outcome, object, host that some record carries.
    """

    records: int
    first_of: Mapping[int, datetime]
    late: frozenset[int]
    started: frozenset[int]
    kinds: Mapping[str, int]
    came: Mapping[int, Came]
    fields: frozenset[str]

    @property
    def days(self) -> frozenset[int]:
        """The days that records tell of."""
        return frozenset(self.first_of)

    @property
    def first_at(self) -> datetime:
        """The first time that a record states."""
        return min(self.first_of.values())

    def live(self) -> SourceTally:
        """As the log of a source that sends as things happen: without late days, unless there are no others."""
        timely = {day: at for day, at in self.first_of.items() if day not in self.late}
        if not timely:
            return self
        return replace(self, first_of=timely, late=frozenset(), started=self.started - self.late)

    def lately(self, since: int) -> Came:
        """What came in on the day ``since`` or after."""
        return sum((came for day, came in self.came.items() if day >= since), Came(0, 0, -inf))


def rows_of(records: Iterable[LogRecord]) -> list[Row]:
    """What these records add to the table."""
    found: dict[tuple[str, int, str], list[int]] = {}
    for record in records:
        at, lead = record.at_ms, -record.lag_ms
        row = found.setdefault((record.source, (at + TAIPEI_MS) // DAY_MS, record.type), [0, at, lead, 0, 0, 0, 0, 0])
        row[0] += 1
        row[1], row[2] = min(row[1], at), max(row[2], lead)
        row[3] += "timezone" in record.assumed
        row[4] += bool(record.outcome)
        row[5] += bool(record.object)
        row[6] += bool(record.host)
        row[7] = max(row[7], record.received_ms)
    return [(*key, *row) for key, row in found.items()]  # type: ignore[misc]


def by_source(rows: Iterable[Row]) -> dict[str, SourceTally]:
    """Each source's rows put together."""
    parts: dict[str, list[Row]] = {}
    for row in rows:
        parts.setdefault(row[0], []).append(row)
    return {source: _together(found) for source, found in parts.items()}


def joined(tallies: Iterable[SourceTally]) -> SourceTally | None:
    """Several sources as one log; None when there is none."""
    parts = list(tallies)
    if not parts:
        return None
    kinds: dict[str, int] = {}
    first: dict[int, datetime] = {}
    came: dict[int, Came] = {}
    for part in parts:
        for kind, count in part.kinds.items():
            kinds[kind] = kinds.get(kind, 0) + count
        for day, at in part.first_of.items():
            first[day] = min(first.get(day, at), at)
        for day, more in part.came.items():
            came[day] = came[day] + more if day in came else more
    return SourceTally(
        sum(part.records for part in parts),
        first,
        frozenset(day for day in first if all(day in part.late for part in parts if day in part.first_of)),
        frozenset().union(*(part.started for part in parts)),
        kinds,
        came,
        frozenset().union(*(part.fields for part in parts)),
    )


def gaps(days: Iterable[int], started: Iterable[int], cycle: str) -> int:
    """How many periods between the first and the last record hold none, where no start of the system explains it.

    >>> gaps({1, 2, 5}, (), "daily"), gaps({1, 2, 5}, {5}, "daily"), gaps({4, 18}, (), "weekly")
    (2, 0, 1)
    """
    seen = sorted({_period(day, cycle) for day in days})
    starts = {_period(day, cycle) for day in started}
    return sum(after - before - 1 for before, after in pairwise(seen) if after - before > 1 and after not in starts)


def day_of(at: datetime) -> int:
    """The Taipei day of a time."""
    return (milliseconds_of(at) + TAIPEI_MS) // DAY_MS


def _period(day: int, cycle: str) -> int:
    """The number of the period that holds a day; weeks begin on Monday."""
    if cycle == "weekly":
        return (day + 3) // 7
    if cycle == "monthly":
        found = date(1970, 1, 1) + timedelta(days=day)
        return found.year * 12 + found.month
    return day


def _together(rows: list[Row]) -> SourceTally:
    kinds: dict[str, int] = {}
    first: dict[int, datetime] = {}
    came: dict[int, Came] = {}
    for _source, day, kind, records, at, lead, zoneless, *_filled, newest in rows:
        kinds[kind] = kinds.get(kind, 0) + records
        stated = datetime.fromtimestamp(at / 1000, UTC)
        first[day] = min(first.get(day, stated), stated)
        received, more = (newest + TAIPEI_MS) // DAY_MS, Came(records, zoneless, lead / 1000)
        came[received] = came[received] + more if received in came else more
    timely = {row[1] for row in rows if -row[5] <= LATE_MS}
    carried = {"outcome": 7, "object": 8, "host": 9}
    return SourceTally(
        sum(row[3] for row in rows),
        first,
        frozenset(first) - timely,
        frozenset(row[1] for row in rows if row[2] in STARTS),
        kinds,
        came,
        frozenset(name for name, at in carried.items() if any(row[at] for row in rows)),
    )
