"""What a source's log adds up to by day and kind, and the periods in which nothing shows that it ran."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from math import inf
from types import SimpleNamespace
from typing import Any

import pytest

from fanghu.auditlog.tallies import Came, by_source, gaps, joined, rows_of

MIDNIGHT = datetime(2026, 11, 21, 16, tzinfo=UTC)  # 2026-11-22 00:00 in Taipei
DAY = (datetime(2026, 11, 22) - datetime(1970, 1, 1)).days


def record(at: datetime, type_: str = "signin.failed", **more: Any) -> Any:
    late = more.pop("late", timedelta(seconds=1))
    said = {"source": "gate", "outcome": "failure", "object": "", "host": "mx1", "assumed": []} | more
    return SimpleNamespace(
        type=type_, at_ms=int(at.timestamp() * 1000), lag_ms=int(late.total_seconds() * 1000),
        received_ms=int((at + late).timestamp() * 1000), **said,
    )  # fmt: skip


def test_days_are_those_of_taipei() -> None:
    found = by_source(rows_of([record(MIDNIGHT - timedelta(seconds=1)), record(MIDNIGHT)]))["gate"]
    assert found.days == {DAY - 1, DAY}
    assert (found.records, found.kinds, found.fields) == (2, {"signin.failed": 2}, {"outcome", "host"})


def test_times_that_lie_ahead_and_zones_nobody_stated_are_seen() -> None:
    rows = rows_of([record(MIDNIGHT, late=timedelta(hours=-2)), record(MIDNIGHT, assumed=["timezone", "year"])])
    found = by_source(rows)["gate"]
    assert found.lately(DAY) == Came(2, 1, 7_200)
    assert found.lately(DAY + 1) == Came(0, 0, -inf)


def test_what_is_judged_now_is_what_came_lately() -> None:
    long_ago = [record(MIDNIGHT - timedelta(days=40), late=timedelta(hours=-2), assumed=["timezone"])]
    imported = [record(MIDNIGHT - timedelta(days=300), late=timedelta(days=299), assumed=["timezone"])]
    rows = rows_of([*long_ago, record(MIDNIGHT)])
    assert by_source(rows)["gate"].lately(DAY - 30) == Came(1, 0, -1)
    assert by_source(rows_of([*long_ago, *imported]))["gate"].lately(DAY - 30).zoneless == 1


def test_a_clock_that_was_wrong_makes_no_gap_where_things_are_sent_as_they_happen() -> None:
    booted = record(datetime(1970, 1, 1, 0, 0, 9, tzinfo=UTC), late=MIDNIGHT - datetime(1970, 1, 1, tzinfo=UTC))
    late = record(MIDNIGHT - timedelta(days=2), late=timedelta(days=2))
    found = by_source(rows_of([booted, late, record(MIDNIGHT - timedelta(days=1)), record(MIDNIGHT)]))["gate"]
    assert gaps(found.days, (), "daily") > 20_000 and found.first_at.year == 1970, (
        "as a file of old lines would have it"
    )
    live = found.live()
    assert live.days == {DAY - 2, DAY - 1, DAY} and gaps(live.days, (), "daily") == 0
    assert live.first_at == MIDNIGHT - timedelta(days=2) and live.records == 4
    only = by_source(rows_of([booted]))["gate"]
    assert only.live() == only, "where there is nothing else it stands"
    both = joined([live, by_source(rows_of([record(MIDNIGHT + timedelta(days=1), source="relay")]))["relay"].live()])
    assert both is not None and gaps(both.days, (), "daily") == 0


def test_several_sources_are_one_log() -> None:
    rows = rows_of([record(MIDNIGHT), record(MIDNIGHT + timedelta(days=2), "service.started", source="relay")])
    whole = joined(by_source(rows).values())
    assert whole is not None
    assert (whole.records, whole.days, whole.started) == (2, {DAY, DAY + 2}, {DAY + 2})
    assert joined([]) is None


@pytest.mark.parametrize(
    ("days", "started", "cycle", "count"),
    [
        ([], (), "daily", 0),
        ([DAY], (), "daily", 0),
        ([DAY, DAY + 1, DAY + 2], (), "daily", 0),
        ([DAY, DAY + 3], (), "daily", 2),
        ([DAY, DAY + 3], (DAY + 3,), "daily", 0),
        ([DAY, DAY + 3, DAY + 6], (DAY + 3,), "daily", 2),
        ([DAY, DAY + 3], (), "weekly", 0),
        ([DAY, DAY + 21], (), "weekly", 2),
        ([DAY, DAY + 9], (), "monthly", 0),
        ([DAY, DAY + 90], (), "monthly", 2),
    ],
)
def test_gaps_lie_between_records_and_a_start_explains_them(
    days: list[int], started: tuple[int, ...], cycle: str, count: int
) -> None:
    assert gaps(days, started, cycle) == count


def test_weeks_begin_on_monday() -> None:
    """2026-11-22 is a Sunday: it and the Monday after are in two weeks; that Monday and the next Sunday in one."""
    assert gaps([DAY, DAY + 8], (), "weekly") == 1
    assert gaps([DAY + 1, DAY + 14], (), "weekly") == 0
