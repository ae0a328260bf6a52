"""The periodic review: a period that two people set, sign-offs, days that no review covers."""

from __future__ import annotations

from datetime import timedelta

import pytest

from fanghu.approvals.actions import decide
from fanghu.faults import Fault
from fanghu.register.defining import ask_to_define
from fanghu.reviews.actions import sign_period
from fanghu.reviews.collectors import log_reviews
from fanghu.reviews.definitions import check_holidays, check_period
from fanghu.reviews.reading import next_periods, to_do
from fanghu.reviews.standing import core_systems
from fanghu.testimony import Scope, Subject
from tests.reviews.conftest import FRIDAY, MONDAY, THURSDAY, day

ONE = Subject.system("fanghu")
DAY = timedelta(days=1)


def facts(now):
    return log_reviews(Scope(now, frozenset({ONE})))[ONE].facts


def agreed(house, days=7):
    asked = ask_to_define("log-review", ONE, {"every_days": days}, "agreed", by=house.by("erin"), now=THURSDAY)
    decide(asked.pk, True, "", by=house.by("bob"), now=THURSDAY)


def test_the_period_is_set_by_two_and_at_most_a_month():
    check_period({"every_days": 31})
    for days in (0, 32, True, "7"):
        with pytest.raises(Fault, match="FH-REV-20"):
            check_period({"every_days": days})
    check_holidays({"dates": ["2027-01-01"]})
    with pytest.raises(Fault, match="FH-REV-21"):
        check_holidays({"dates": ["new year"]})


def test_a_signed_review_counts_for_its_systems_and_the_next_falls_due(house):
    assert facts(FRIDAY).asked_days == 0
    agreed(house)
    assert next_periods(core_systems(), FRIDAY) == {"fanghu": day(THURSDAY) + 7 * DAY}
    row = sign_period(
        ["fanghu"], day(THURSDAY), day(FRIDAY), "failed sign-ins, sources", "none", by=house.by("bob"), now=MONDAY
    )
    assert row.logs[0][0] == "fanghu" and len(row.content_hash) == 64
    known = facts(MONDAY)
    assert (known.asked_days, known.signed_on, known.days_left_out) == (7, MONDAY, 0)
    assert next_periods(core_systems(), MONDAY) == {"fanghu": day(MONDAY) + 7 * DAY}
    assert facts(MONDAY + 20 * DAY).days_left_out > 0


def test_what_cannot_be_signed_is_refused(house):
    by = house.by("bob")
    for code, given in (
        ("FH-REV-10", ([], day(THURSDAY), day(FRIDAY), "all")),
        ("FH-REV-10", (["nowhere"], day(THURSDAY), day(FRIDAY), "all")),
        ("FH-REV-11", (["fanghu"], day(FRIDAY), day(THURSDAY), "all")),
        ("FH-REV-11", (["fanghu"], day(THURSDAY), day(MONDAY), "all")),
        ("FH-REV-12", (["fanghu"], day(THURSDAY), day(FRIDAY), " ")),
    ):
        with pytest.raises(Fault, match=code):
            sign_period(*given, by=by, now=FRIDAY)


def test_a_review_soon_due_is_in_my_work(house):
    agreed(house, 3)
    [waiting] = to_do(FRIDAY)
    assert waiting.period_due == day(THURSDAY) + 3 * DAY and not waiting.presses
    [waiting] = to_do(MONDAY + DAY)
    assert waiting.period_overdue and waiting.presses
