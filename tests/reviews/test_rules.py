"""When a day is due, what differs from habit, which days no review covers."""

from __future__ import annotations

import doctest
from datetime import date, timedelta

from fanghu.reviews import rules
from fanghu.reviews.rules import Deed, Part, SignOff, content_hash, days_due, differences, next_business_day, uncovered

FRIDAY = date(2026, 11, 20)
DAY = timedelta(days=1)
PART = Part("fanghu", "fanghu", 3, "ab", FRIDAY)


def test_examples_hold() -> None:
    assert doctest.testmod(rules).failed == 0


def test_the_next_business_day_passes_weekends_and_holidays() -> None:
    assert next_business_day(FRIDAY - DAY) == FRIDAY
    assert next_business_day(FRIDAY) == FRIDAY + 3 * DAY
    assert next_business_day(FRIDAY, {FRIDAY + 3 * DAY}) == FRIDAY + 4 * DAY


def test_an_import_of_old_days_asks_for_those_that_hold_deeds_from_when_it_came() -> None:
    old = FRIDAY - 400 * DAY
    found = days_due("web", {old: [PART]}, FRIDAY, FRIDAY + DAY, {})
    assert [each.day for each in found] == [old, FRIDAY]
    assert found[0].due_on == FRIDAY + 3 * DAY
    assert not found[0].overdue(FRIDAY + 3 * DAY) and found[0].overdue(FRIDAY + 4 * DAY)


def test_what_was_signed_and_now_holds_something_else_must_be_looked_at() -> None:
    whole = content_hash("web", FRIDAY, [PART])
    states = []
    for parts, signed in (
        ([PART], SignOff(1, 3, whole, FRIDAY + DAY)),
        ([PART, Part("intake", "web", 1, "cd", FRIDAY)], SignOff(1, 3, whole, FRIDAY + DAY)),
        ([], SignOff(1, 3, whole, FRIDAY + DAY)),
        ([PART], SignOff(1, 3, "made up", FRIDAY + DAY)),
        ([PART], None),
    ):
        [found] = days_due("web", {FRIDAY: parts}, FRIDAY, FRIDAY + DAY, {FRIDAY: signed} if signed else {})
        states.append(found.state)
    assert states == ["signed", "late", "changed", "changed", "open"]


def test_an_hour_counts_as_seen_with_its_neighbours_and_midnight_is_no_wall() -> None:
    past = [Deed("alice", "a.b", "x", 23, "here")]
    new = differences([Deed("alice", "a.b", "x", 0, "here"), Deed("alice", "a.b", "y", 2, "there")], past)
    assert new == {("alice", "a.b", "x"): set(), ("alice", "a.b", "y"): {"object", "hour", "place"}}
    assert differences([Deed("mallory", "a.b", "x", 0, "here")], past) == {("mallory", "a.b", "x"): {"actor"}}


def test_the_period_under_way_is_not_counted_as_left_out() -> None:
    today = date(2026, 3, 1)
    january = (date(2026, 1, 1), date(2026, 1, 31))
    assert uncovered(january[0], today, [january], 31) == 0
    assert uncovered(january[0], today + 40 * DAY, [january], 31) > 0
    assert uncovered(january[0], today, [january, (date(2026, 1, 20), today)], 7) == 0
