"""Shares, strips, facts and first steps as the pages word them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils.translation import override

from fanghu.assurance.rules import Numbers
from fanghu.console.board import percent, shares
from fanghu.console.evidence import shown_facts, worded
from fanghu.console.history_strip import stretches, strip
from fanghu.console.words import FIRMS, LIMITS, PROOFS, RELIEF, SCOPES, STRENGTHS, UNITS
from fanghu.regulation import load

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
DAY = timedelta(days=1)


@dataclass
class Told:
    verdict: str
    from_at: datetime
    fresh_until: datetime
    until: datetime | None = None


@pytest.mark.parametrize(
    ("share", "text"), [(None, "–"), (1.0, "100%"), (0.999, "99%"), (0.29, "29%"), (0.0, "0%"), (2 / 3, "66%")]
)
def test_a_hundred_per_cent_means_all(share: float | None, text: str) -> None:
    assert percent(share) == text


def test_the_bar_holds_every_required_verdict_once() -> None:
    met_by_proof = {"attested": 1, "recorded": 0, "measured": 2, "drilled": 0}
    bar = shares(Numbers(5, 5, 3, 1, met_by_proof=met_by_proof))
    assert [part["count"] for part in bar] == [0, 2, 0, 1, 1]
    assert sum(float(part["width"]) for part in bar) == pytest.approx(100)


def test_nothing_to_count_is_an_empty_bar() -> None:
    assert all(part["width"] == "0.00" for part in shares(Numbers()))


def test_past_its_freshness_a_verdict_is_unknown() -> None:
    stopped = Told("met", NOW - 10 * DAY, NOW - 4 * DAY)
    assert stretches([stopped], NOW) == [
        ("met", NOW - 10 * DAY, NOW - 4 * DAY), ("unknown", NOW - 4 * DAY, NOW)
    ]  # fmt: skip


def test_an_interval_older_than_a_year_is_not_drawn_and_one_across_is_cut() -> None:
    gone = Told("met", NOW - 800 * DAY, NOW - 700 * DAY, NOW - 700 * DAY)
    across = Told("not_met", NOW - 400 * DAY, NOW + DAY)
    assert stretches([gone, across], NOW) == [("not_met", NOW - 365 * DAY, NOW)]


def test_the_strip_names_each_stretch() -> None:
    with override("en"):
        drawn = strip([Told("not_met", NOW - 2 * DAY, NOW + DAY)], NOW)
    assert "s-not_met" in drawn and "Not met 2026-11-21 10:00 – 2026-11-23 10:00" in drawn
    assert "style=" not in drawn


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "–"), ("", "–"), (True, "yes"), (False, "no"), (0, "0"), (15.0, "15"), ([], "none"),
        ("2026-11-22T18:00:00+00:00", "2026-11-23 02:00"), ("2026-11-22 is not a time", "2026-11-22 is not a time"),
        ([["argon2id", 3]], "argon2id 3"), (list(range(22)), "0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19 … and 2 more"),
    ],
)  # fmt: skip
def test_a_fact_in_words(value: Any, text: str) -> None:
    with override("en"):
        assert worded(value) == text


def test_several_kinds_of_facts_are_headed() -> None:
    with override("en"):
        found = shown_facts({"PasswordAges": {"accounts": 2, "over_age": 0}, "Novel": {"a_thing": 1}})
    assert [(each.group, each.name, each.value) for each in found] == [
        ("Passwords in use", "Accounts", "2"), ("", "Too old", "0"), ("Novel", "a thing", "1"),
    ]  # fmt: skip


def test_every_word_of_the_law_has_a_word_on_the_page() -> None:
    for duty in load("2022-12-30").duties.values():
        assert duty.strength in STRENGTHS and duty.scope.on in SCOPES and duty.scope.firm in FIRMS
        assert set(duty.proof_target) | set(duty.proof_system_one) <= set(PROOFS)
        assert set(duty.relief) <= set(RELIEF) and set(duty.limits) <= set(LIMITS)
        assert {limit.unit for limit in duty.limits.values()} <= set(UNITS)


def test_every_fact_a_reading_asks_for_has_a_word(settings: Any) -> None:
    from dataclasses import fields

    from fanghu.assurance.readings import readings
    from fanghu.console.fact_words import FACTS, GROUPS

    asked = {kind for reading in readings(settings.FANGHU_CLAUSES).values() for kind in reading.asks_for}
    assert {kind.__name__ for kind in asked} <= set(GROUPS)
    assert {field.name for kind in asked for field in fields(kind)} <= set(FACTS)
