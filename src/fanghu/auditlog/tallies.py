"""What each source's log adds up to by day and kind of event, kept beside the search index; no Django.

Days are Taipei days, numbered from 1970-01-01.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

from fanghu.auditlog.record import LogRecord

DAY_MS = 86_400_000
TAIPEI_MS = 8 * 3_600_000
STARTS = frozenset({"server.started", "service.started"})
"""Kinds of events that say that a system was off until then."""

SCHEMA = """
CREATE TABLE IF NOT EXISTS tally (
  source TEXT NOT NULL, day INTEGER NOT NULL, type TEXT NOT NULL, records INTEGER NOT NULL, first INTEGER NOT NULL,
  lead INTEGER NOT NULL, zoneless INTEGER NOT NULL, outcomes INTEGER NOT NULL, objects INTEGER NOT NULL,
  hosts INTEGER NOT NULL, PRIMARY KEY (source, day, type)) WITHOUT ROWID;
"""
ADD = """
INSERT INTO tally VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (source, day, type) DO UPDATE SET
  records = records + excluded.records, first = min(first, excluded.first), lead = max(lead, excluded.lead),
  zoneless = zoneless + excluded.zoneless, outcomes = outcomes + excluded.outcomes,
  objects = objects + excluded.objects, hosts = hosts + excluded.hosts
"""
READ = "SELECT source, day, type, records, first, lead, zoneless, outcomes, objects, hosts FROM tally"
Row = tuple[str, int, str, int, int, int, int, int, int, int]


@dataclass(frozen=True, slots=True)
class SourceTally:
    """One source's log: how many records, since when, on which days, of which kinds, and how it states its times.

    ``started`` are days on which the system says it started; ``lead_seconds`` is how far a record's own time lies after
    the time it came in (negative: never); ``fields`` are those among outcome, object, host that some record carries.
    """

    records: int
    first_at: datetime
    days: frozenset[int]
    started: frozenset[int]
    kinds: Mapping[str, int]
    zoneless: int
    lead_seconds: float
    fields: frozenset[str]


def rows_of(records: Iterable[LogRecord]) -> list[Row]:
    """What these records add to the table."""
    found: dict[tuple[str, int, str], list[int]] = {}
    for record in records:
        at, lead = record.at_ms, -record.lag_ms
        row = found.setdefault((record.source, (at + TAIPEI_MS) // DAY_MS, record.type), [0, at, lead, 0, 0, 0, 0])
        row[0] += 1
        row[1], row[2] = min(row[1], at), max(row[2], lead)
        row[3] += "timezone" in record.assumed
        row[4] += bool(record.outcome)
        row[5] += bool(record.object)
        row[6] += bool(record.host)
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
    for part in parts:
        for kind, count in part.kinds.items():
            kinds[kind] = kinds.get(kind, 0) + count
    return SourceTally(
        sum(part.records for part in parts),
        min(part.first_at for part in parts),
        frozenset().union(*(part.days for part in parts)),
        frozenset().union(*(part.started for part in parts)),
        kinds,
        sum(part.zoneless for part in parts),
        max(part.lead_seconds for part in parts),
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
    for row in rows:
        kinds[row[2]] = kinds.get(row[2], 0) + row[3]
    carried = {"outcome": 7, "object": 8, "host": 9}
    return SourceTally(
        sum(row[3] for row in rows),
        datetime.fromtimestamp(min(row[4] for row in rows) / 1000, UTC),
        frozenset(row[1] for row in rows),
        frozenset(row[1] for row in rows if row[2] in STARTS),
        kinds,
        sum(row[6] for row in rows),
        max(row[5] for row in rows) / 1000,
        frozenset(name for name, at in carried.items() if any(row[at] for row in rows)),
    )
