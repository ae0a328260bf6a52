"""The picture of the board's trend."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.utils.translation import override

from fanghu.assurance.trend import Day
from fanghu.console.trend_chart import HEIGHT, chart

FIRST = date(2026, 8, 26)


def days(*counts: tuple[int, int, int]) -> list[Day]:
    return [Day(FIRST + timedelta(days=place), *each) for place, each in enumerate(counts)]


@pytest.mark.parametrize("counts", [(), ((0, 0, 0),), ((0, 0, 0), (5, 0, 0))])
def test_one_judged_day_is_no_trend(counts: tuple[tuple[int, int, int], ...]) -> None:
    assert chart(days(*counts)) == ""


def test_bars_stand_on_each_other_and_are_as_tall_as_the_fullest_day() -> None:
    with override("en"):
        drawn = chart(days((1, 1, 2), (2, 0, 0)))
    assert '<rect class="s-met" x="0" y="30.0" width="7" height="10.0"/>' in drawn
    assert '<rect class="s-not_met" x="0" y="20.0"' in drawn and '<rect class="s-unknown" x="0" y="0.0"' in drawn
    assert f'<rect class="s-met" x="8" y="{HEIGHT / 2}"' in drawn
    assert "From 2026-08-26 to 2026-08-27; now met 2, not met 0, undetermined 0" in drawn


def test_months_are_named() -> None:
    drawn = chart(days(*[(1, 0, 0)] * 40))
    assert "2026-09-01" in drawn and "2026-10-01" in drawn
