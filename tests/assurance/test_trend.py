"""The trend counts what history said at each day's end, and never takes the stale for met."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from fanghu.assurance.trend import trend, trend_after

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)


def said(duty: str, verdict: str, begin: int, end: int | None, fresh: int) -> Any:
    """One interval, its times in days before now."""
    from fanghu.assurance.models import JudgingRun, VerdictInterval

    run, _made = JudgingRun.objects.get_or_create(
        scope="all", defaults={"started_at": NOW, "edition": "2022-12-30", "version": "0", "lock_hash": ""}
    )
    return VerdictInterval.objects.create(
        subject="system:a", duty=duty, edition="2022-12-30", verdict=verdict, code="c",
        from_at=NOW - timedelta(days=begin), confirmed_at=NOW - timedelta(days=fresh),
        fresh_until=NOW - timedelta(days=fresh), until=None if end is None else NOW - timedelta(days=end), run=run,
    )  # fmt: skip


def test_a_repair_shows_on_the_day_it_was_made(db: None) -> None:
    said("6.5", "not_met", 20, 10, 10)
    said("6.5", "met", 10, None, -2)
    days = {day.day: day for day in trend(NOW)}
    assert len(days) == 90
    assert (days[date(2026, 11, 1)].met, days[date(2026, 11, 1)].not_met) == (0, 0)
    assert (days[date(2026, 11, 11)].met, days[date(2026, 11, 11)].not_met) == (0, 1)
    assert (days[date(2026, 11, 12)].met, days[date(2026, 11, 12)].not_met) == (1, 0)
    assert (days[date(2026, 11, 22)].met, days[date(2026, 11, 22)].unknown) == (1, 0)


def test_what_was_not_confirmed_again_turns_undetermined(db: None) -> None:
    said("6.3", "met", 30, None, 15)
    days = {day.day: day for day in trend(NOW)}
    assert (days[date(2026, 11, 6)].met, days[date(2026, 11, 6)].unknown) == (1, 0)
    assert (days[date(2026, 11, 8)].met, days[date(2026, 11, 8)].unknown) == (0, 1)
    assert (days[date(2026, 11, 22)].met, days[date(2026, 11, 22)].unknown) == (0, 1)


def test_recommendations_and_what_does_not_apply_are_not_counted(db: None) -> None:
    said("3.5b", "not_met", 30, None, -2)
    said("6.6", "not_applicable", 30, None, -2)
    assert {(day.met, day.not_met, day.unknown) for day in trend(NOW)} == {(0, 0, 0)}


def test_one_query_whatever_the_history(db: None, django_assert_num_queries: Any) -> None:
    for begin in range(2, 40):
        said("6.5", "met" if begin % 2 else "not_met", begin, begin - 1, begin - 1)
    with django_assert_num_queries(1):
        trend(NOW)


def test_a_second_look_counts_nothing_until_the_next_run(db: None, django_assert_num_queries: Any) -> None:
    said("6.5", "met", 3, None, -2)
    with django_assert_num_queries(1):
        assert trend_after("one", NOW) == trend_after("one", NOW + timedelta(minutes=5))
    with django_assert_num_queries(1):
        trend_after("two", NOW)
