"""The strip of twelve months says what was known, never more."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from fanghu.console.history_strip import stretches, strip

AT = datetime(2026, 11, 22, 9, tzinfo=UTC)


@dataclass
class Kept:
    verdict: str
    from_at: datetime
    fresh_until: datetime
    until: datetime | None = None


def days(number: float) -> timedelta:
    return timedelta(days=number)


def test_a_stopped_keeper_shows_unknown_and_not_weeks_of_met() -> None:
    kept = Kept("met", AT - days(30), AT - days(20))
    assert stretches([kept], AT) == [
        ("met", AT - days(30), AT - days(20)),
        ("unknown", AT - days(20), AT),
    ]


def test_what_began_before_the_year_is_cut_at_its_start() -> None:
    kept = Kept("not_met", AT - days(900), AT + days(1))
    assert stretches([kept], AT) == [("not_met", AT - days(365), AT)]


def test_what_came_after_the_asked_moment_is_not_shown() -> None:
    assert stretches([Kept("met", AT + days(1), AT + days(3))], AT) == []


def test_the_picture_names_each_stretch_and_keeps_inside_its_width() -> None:
    first = Kept("met", AT - days(400), AT - days(10), AT - days(12))
    picture = strip([first, Kept("not_met", AT - days(12), AT + days(2))], AT)
    assert picture.count("<title>") == 2
    assert 'class="s-met"' in picture and 'class="s-not_met"' in picture
    assert "style=" not in picture
