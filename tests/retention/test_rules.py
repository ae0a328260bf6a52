"""What of a log may be let go (4.1)."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fanghu.retention.rules import SHORTEST_DAYS, Held, Stretch, cut, goes, kept_days, may_go

NOW = datetime(2026, 11, 22, 4, tzinfo=UTC)
OWNERS = {"fep": "trading", "ssh": "trading", "quotes": "quotes"}


def part(years_ago: float, *sources: str, first: int = 0) -> Stretch:
    at = NOW - timedelta(days=365.25 * years_ago)
    return Stretch(first, at, at - timedelta(days=9), at, frozenset(sources or ("fep",)))


def test_the_longest_retention_of_the_systems_counts() -> None:
    approved = {"trading": 1_826, "quotes": 1_200, "fanghu": 1_096}
    assert kept_days(["quotes"], OWNERS, approved) == 1_200
    assert kept_days(["quotes", "ssh"], OWNERS, approved) == 1_826
    assert kept_days(["of nobody"], OWNERS, approved) == 1_826, "whose it is is not known: the longest of all"


def test_nothing_goes_while_a_retention_is_not_approved_and_never_before_three_years() -> None:
    assert kept_days(["fep", "quotes"], OWNERS, {"trading": 1_826}) is None
    assert kept_days(["fep"], OWNERS, {}) is None
    assert kept_days(["fep"], OWNERS, {"trading": 30}) == SHORTEST_DAYS, "a value written over by hand"
    assert not goes(part(50), NOW, None, [])


def test_whole_days_of_taipei_stay() -> None:
    edge = cut(NOW, 1_096)
    assert edge == datetime.fromisoformat("2023-11-22T00:00:00+08:00")
    old = Stretch(0, edge - timedelta(seconds=1), edge - timedelta(days=2), edge, frozenset({"fep"}))
    young = Stretch(0, edge, edge - timedelta(days=2), edge, frozenset({"fep"}))
    assert goes(old, NOW, 1_096, []) and not goes(young, NOW, 1_096, [])


@pytest.mark.parametrize(
    ("hold", "covers"),
    [
        (Held(), True),
        (Held(frozenset({"fep"})), True),
        (Held(frozenset({"quotes"})), False),
        (Held(since=date(2022, 11, 25)), False),
        (Held(since=date(2022, 11, 20)), True),
        (Held(until=date(2022, 11, 1)), False),
        (Held(until=date(2022, 11, 13)), True),
        (Held(frozenset({"fep"}), date(2022, 11, 14), date(2022, 11, 15)), True),
    ],
)
def test_a_hold_covers_what_it_names(hold: Held, covers: bool) -> None:
    old = part(4)  # records of 2022-11-13 to 2022-11-22
    assert hold.covers(old) is covers
    assert goes(old, NOW, 1_096, [hold]) is not covers


def test_only_the_oldest_go_up_to_the_first_that_stays() -> None:
    parts = [(part(6, first=0), 1_096), (part(5, first=1), 1_096), (part(2, first=2), 1_096), (part(4, first=3), 1_096)]
    assert [each.first for each in may_go(parts, NOW, [])] == [0, 1]
    assert may_go(parts, NOW, [Held()]) == []


@given(st.lists(st.tuples(st.floats(0, 12), st.integers(0, 5_000)), max_size=8))
def test_nothing_younger_than_its_retention_ever_goes(given_: list[tuple[float, int]]) -> None:
    parts = [(part(years, first=number), max(days, SHORTEST_DAYS)) for number, (years, days) in enumerate(given_)]
    for gone in may_go(parts, NOW, []):
        assert NOW - gone.newest_received >= timedelta(days=parts[gone.first][1])
