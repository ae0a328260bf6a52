"""The engine's pure rules."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fanghu.assurance.comparison import compare
from fanghu.assurance.rules import (
    DrillStanding,
    Finding,
    Mark,
    Statement,
    after,
    combine,
    count,
    hear,
    latest_end,
    lay_drills,
    reaches,
    weigh,
)
from fanghu.regulation import Limit
from fanghu.testimony import Message, Met, NotMet, Proof, Unknown, Verdict
from fanghu.testimony import Testimony as Said

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
MONTH = timedelta(days=30)
KINDS = {"met": Met("m", "Kept."), "not_met": NotMet("n", "Broken."), "unknown": Unknown("u", "Not known.")}
findings = st.builds(
    Finding, st.sampled_from(list(KINDS.values())), st.frozensets(st.sampled_from(list(Proof)), max_size=3)
)


def heard(testimony: Said[object], verdict: object = KINDS["met"]) -> tuple[Finding, list[Exception]]:
    told: list[Exception] = []

    def judge(_duty: object, _facts: object, _now: datetime) -> Verdict:
        if isinstance(verdict, Exception):
            raise verdict
        return verdict  # type: ignore[return-value]

    return hear(judge, None, timedelta(days=2), [testimony], NOW, told.append), told


@given(st.lists(findings, min_size=1, max_size=4))
def test_the_worse_of_several_proofs_speaks(parts: list[Finding]) -> None:
    together = combine(parts)
    assert together.verdict.severity == max(part.verdict.severity for part in parts)
    if isinstance(together.verdict, Unknown):
        assert together.proof == frozenset()


@pytest.mark.parametrize(
    ("testimony", "code"),
    [
        (Said(None, "s", NOW), "no_facts"),
        (Said(None, "s", NOW, why_none=Message("No log yet.")), "no_facts"),
        (Said(1, "s", NOW - timedelta(days=2, seconds=1)), "stale_facts"),
        (Said(1, "s", NOW + timedelta(minutes=6)), "facts_from_future"),
        (Said(1, "s", NOW, sought=frozenset("ab"), reached=frozenset("a")), "not_reached"),
    ],
)
def test_facts_that_are_missing_stale_or_incomplete_are_unknown(testimony: Said[object], code: str) -> None:
    finding, told = heard(testimony)
    assert (finding.verdict.kind, finding.verdict.code, finding.proof, told) == ("unknown", code, frozenset(), [])


def test_a_broken_reading_is_unknown_and_told() -> None:
    finding, told = heard(Said(1, "s", NOW), ValueError("secret"))
    assert finding.verdict.code == "reading_failed"
    assert "secret" not in str(finding.verdict.message)
    assert len(told) == 1


@pytest.mark.parametrize("said", [None, True, "met"])
def test_a_reading_cannot_say_anything_but_a_verdict(said: object) -> None:
    finding, told = heard(Said(1, "s", NOW), said)
    assert (finding.verdict.kind, len(told)) == ("unknown", 1)


def test_a_judge_may_lower_the_proof_but_not_raise_it() -> None:
    lowered, _told = heard(Said(1, "s", NOW), Met("m", "Kept.", proof=Proof.RECORDED))
    raised, _told = heard(Said(1, "s", NOW, proof=Proof.RECORDED), Met("m", "Kept.", proof=Proof.DRILLED))
    assert (lowered.proof, raised.proof) == ({Proof.RECORDED}, {Proof.RECORDED})


def stated(starts: str, ends: str, claim: str = "met", *, kept: bool = True) -> Statement:
    return Statement(
        claim,
        "a.pdf",
        date.fromisoformat(starts),
        date.fromisoformat(ends),
        NOW,
        document_kept=kept,  # type: ignore[arg-type]
    )


@pytest.mark.parametrize(
    ("statements", "code"),
    [
        ([stated("2026-01-01", "2026-11-23")], "attested"),
        ([stated("2026-01-01", "2026-11-22")], "attestation_expired"),
        ([stated("2026-11-24", "2026-12-22")], "attestation_not_yet"),
        ([stated("2026-01-01", "2026-12-22", "not_met")], "attested_gap"),
        ([stated("2026-01-01", "2026-12-22", kept=False)], "document_missing"),
        ([stated("2026-01-01", "2026-12-31", "not_met"), stated("2026-11-01", "2026-12-01")], "attested"),
        ([stated("2026-01-01", "2026-12-31"), stated("2026-12-01", "2027-01-01", "not_met")], "attested"),
    ],
)
def test_documents_speak_in_their_period(statements: list[Statement], code: str) -> None:
    finding = weigh(statements, date(2026, 11, 23))
    assert finding is not None
    assert finding.verdict.code == code


def test_no_document_says_nothing() -> None:
    assert weigh([], date(2026, 11, 23)) is None


MEASURED = Finding(KINDS["met"], frozenset({Proof.MEASURED}))


def stood(last: str, answer: str = "", *, days: float = 1) -> DrillStanding:
    at = NOW - timedelta(days=days)
    return DrillStanding("d", MONTH, last, at, answer or (last if last in ("passed", "failed") else ""), at)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("drills", "kind", "drilled"),
    [
        ([], "met", False),
        ([stood("passed")], "met", True),
        ([stood("passed", days=31.9)], "met", True),
        ([stood("passed", days=32.1)], "met", False),
        ([stood("failed")], "not_met", True),
        ([stood("interrupted", "passed")], "met", False),
        ([stood("not_reached", "passed")], "met", False),
        ([stood("interrupted", "failed")], "not_met", True),
        ([stood("passed"), stood("failed")], "not_met", True),
        ([stood("passed"), DrillStanding("e", MONTH)], "met", False),
    ],
)
def test_drills_lift_and_break(drills: list[DrillStanding], kind: str, drilled: bool) -> None:
    laid = lay_drills(MEASURED, drills, NOW)
    assert (laid.verdict.kind, Proof.DRILLED in laid.proof) == (kind, drilled)


@given(findings, st.sampled_from(["passed", "interrupted", "not_reached"]))
def test_a_drill_never_makes_a_verdict_better(finding: Finding, result: str) -> None:
    assert lay_drills(finding, [stood(result, "passed")], NOW).verdict == finding.verdict


def test_a_failed_drill_breaks_even_what_nobody_knows() -> None:
    assert lay_drills(Finding(KINDS["unknown"]), [stood("failed")], NOW).verdict.code == "drill_failed"


@pytest.mark.parametrize(
    ("start", "duration", "end"),
    [
        ("2026-11-22", "P6M", "2027-05-22"),
        ("2026-08-31", "P6M", "2027-02-28"),
        ("2028-02-29", "P1Y", "2029-02-28"),
        ("2026-12-31", "P1D", "2027-01-01"),
        ("2026-11-22", "P2W", "2026-12-06"),
    ],
)
def test_durations_keep_within_the_month(start: str, duration: str, end: str) -> None:
    assert after(date.fromisoformat(start), duration) == date.fromisoformat(end)


@pytest.mark.parametrize("duration", ["", "P", "PT5M", "6M", "P-1D", "P1.5M"])
def test_what_is_not_a_duration_is_refused(duration: str) -> None:
    with pytest.raises(ValueError, match="not a duration"):
        after(date(2026, 1, 1), duration)


@given(st.dates(date(2000, 1, 1), date(2100, 1, 1)), st.sampled_from([None, "P1D", "P1M", "P6M", "P1Y", "P3Y"]))
def test_a_document_never_stands_longer_than_cadence_and_a_year(start: date, cadence: str | None) -> None:
    end = latest_end(start, cadence)
    assert start < end <= start + timedelta(days=366)
    assert cadence is None or end <= after(start, cadence)


@pytest.mark.parametrize(
    ("proof", "target", "reached"),
    [
        (["measured"], ["measured"], True),
        (["measured"], ["drilled"], False),
        (["measured", "drilled"], ["drilled", "measured"], True),
        (["drilled"], ["measured"], True),
        (["attested"], ["attested"], True),
        (["measured"], ["attested"], True),
        (["measured"], ["attested", "measured"], False),
        (["attested", "measured"], ["attested", "measured"], True),
        ([], ["attested"], False),
    ],
)
def test_target_proof(proof: list[str], target: list[str], reached: bool) -> None:
    assert reaches(proof, target) is reached


marks = st.builds(
    Mark, st.sampled_from(["met", "not_met", "unknown", "not_applicable"]), st.sampled_from(["shall", "should"]),
    st.lists(st.sampled_from(["attested", "measured"]), max_size=2).map(tuple), st.just(("measured",)), st.booleans(),
)  # fmt: skip


@given(st.lists(marks, max_size=30))
def test_the_two_numbers(cells: list[Mark]) -> None:
    numbers = count(cells)
    assert numbers.known <= numbers.applicable <= len(cells)
    assert numbers.met_at_target <= numbers.met
    assert sum(numbers.met_by_proof.values()) <= numbers.met
    shall = [c for c in cells if c.strength == "shall" and c.verdict in ("met", "not_met")]
    assert numbers.met + numbers.not_met + numbers.relieved == len(shall) + sum(
        c.strength == "should" and c.verdict == "not_met" and c.relieved for c in cells
    )
    assert numbers.coverage is None or 0 <= numbers.coverage <= 1


def test_eighty_three_attestations_are_not_a_hundred_percent() -> None:
    numbers = count([Mark("met", "shall", ("attested",), ("measured",))] * 83)
    assert (numbers.conformity, numbers.at_target, numbers.met_by_proof["attested"]) == (1.0, 0.0, 83)


def test_relief_takes_only_what_is_better() -> None:
    limits = {"max_failures": Limit(3, "times", "lower"), "lock_minutes": Limit(15, "minutes", "higher")}
    rows = compare(limits, {"max_failures": 5, "lock_minutes": 30})
    assert [(row.name, row.applied) for row in rows] == [("max_failures", 3), ("lock_minutes", 30)]
    assert [row.applied for row in compare(limits, {})] == [3, 15]
