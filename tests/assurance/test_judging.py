"""Judging on the database: what is said, kept, split, left alone, and told to the log."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from fanghu.assurance import actions, reading
from fanghu.assurance.models import JudgingRun, VerdictInterval
from fanghu.events.doer import KEEPER
from fanghu.events.models import OutboxEvent
from fanghu.testimony import FIRM, Message, Subject
from tests.assurance.conftest import FANGHU, NOW, OFFICE, TRADING, add_systems, later, say
from tests.assurance.mechanism.facts import Fields, Locks

pytestmark = pytest.mark.usefixtures("systems")


def judge(at: Any = NOW, subjects: Any = None) -> JudgingRun:
    return actions.judge(subjects, by=KEEPER, now=at)


def cell(duty: str, subject: Subject = FANGHU, at: Any = NOW, as_of: Any = None) -> reading.Cell:
    (found,) = reading.cells(as_of, at, subject=subject, duties=[duty])
    return found


def events(type_: str) -> list[dict[str, Any]]:
    bodies = [msgspec.json.decode(bytes(row.body)) for row in OutboxEvent.objects.order_by("created_at")]
    return [body for body in bodies if body["type"] == type_]


def test_every_duty_is_said_on_every_subject(mechanism: Any) -> None:
    run = judge()
    cells = reading.cells(None, NOW)
    assert run.cells == len(cells) == 83 * 4
    assert {str(c.subject) for c in cells} == {"firm", "system:fanghu", "system:office", "system:trading"}
    assert all(c.because[0] and c.because[1] for c in cells)
    assert cell("5.8", FIRM).code == "no_evidence"
    assert cell("6.5", FIRM).verdict == "not_applicable"
    assert cell("5.8").verdict == "not_applicable"


def test_without_evidence_it_says_what_would_prove_it(mechanism: Any) -> None:
    judge()
    said = cell("6.5", OFFICE)
    assert (said.verdict, said.proof, said.target_proof) == ("unknown", (), ("drilled",))
    assert "canary" in said.because[1]


def test_facts_are_judged_and_a_change_is_one_event(mechanism: Any) -> None:
    say(mechanism, Locks(3))
    judge()
    assert cell("6.5").verdict == "met"
    assert cell("6.5").proof == ("measured",)
    assert cell("6.5").facts == {"max_failures": 3, "uptime": 0}
    say(mechanism, Locks(5), read_at=later(hours=1))
    run = judge(later(hours=1))
    assert cell("6.5", at=later(hours=1)).because[1] == "5 failures are allowed. The drill locks has not been run yet."
    (changed,) = events("verdict.changed")
    assert changed["detail"]["changes"] == ["system:fanghu 6.5 met>not_met"]
    finished = events("judging.finished")[-1]
    assert finished["id"] == run.event
    assert finished["detail"]["root"] == run.root
    assert (finished["detail"]["edition"], finished["detail"]["changes"]) == ("2022-12-30", 1)


def test_volatile_facts_do_not_split_and_first_and_last_are_kept(mechanism: Any) -> None:
    for hour in range(4):
        say(mechanism, Locks(3, uptime=hour), read_at=later(hours=hour))
        judge(later(hours=hour))
    (row,) = VerdictInterval.objects.filter(duty="6.5", subject="system:fanghu")
    assert (row.first_facts["uptime"], row.last_facts["uptime"]) == (0, 3)
    assert (row.from_at, row.confirmed_at) == (NOW, later(hours=3))
    assert "up 0 hours" in cell("6.5", as_of=later(hours=1), at=later(hours=3)).because[1]
    assert "up 3 hours" in cell("6.5", at=later(hours=3)).because[1]


def test_as_of_answers_what_was_said_then(mechanism: Any) -> None:
    say(mechanism, Locks(5))
    judge()
    say(mechanism, Locks(3), read_at=later(hours=2))
    judge(later(hours=2))
    assert cell("6.5", as_of=later(hours=1), at=later(hours=3)).verdict == "not_met"
    assert cell("6.5", as_of=later(hours=2), at=later(hours=3)).verdict == "met"
    assert reading.cells(NOW - timedelta(seconds=1), later(hours=3)) == []


def test_a_stopped_keeper_does_not_show_weeks_of_met(mechanism: Any) -> None:
    say(mechanism, Locks(3))
    judge()
    assert cell("6.5", at=later(days=2)).verdict == "met"
    silent = cell("6.5", at=later(days=2, seconds=1))
    assert (silent.verdict, silent.code, silent.proof, silent.stale) == ("unknown", "stale", (), True)
    say(mechanism, Locks(3), read_at=later(days=20))
    judge(later(days=20))
    assert cell("6.5", at=later(days=20)).verdict == "met"
    assert cell("6.5", as_of=later(days=10), at=later(days=20)).verdict == "unknown"
    assert reading.board(later(days=30)).numbers.known == 0


@pytest.mark.parametrize(
    ("envelope", "code"),
    [
        ({"read_at": NOW - timedelta(days=3)}, "stale_facts"),
        ({"sought": frozenset("ab"), "reached": frozenset("b")}, "not_reached"),
    ],
)
def test_facts_without_coverage_are_unknown(mechanism: Any, envelope: dict[str, Any], code: str) -> None:
    say(mechanism, Locks(3), **envelope)
    judge()
    assert (cell("6.5").verdict, cell("6.5").code) == ("unknown", code)


def test_no_facts_say_why(mechanism: Any) -> None:
    say(mechanism, Locks, why_none=Message("Nobody has signed in yet."))
    judge()
    assert cell("6.5").because[1].startswith("Nobody has signed in yet.")


def test_a_failing_reading_is_unknown_and_the_others_go_on(mechanism: Any) -> None:
    say(mechanism, Locks(-1))
    say(mechanism, Fields(0))
    judge()
    assert (cell("6.5").verdict, cell("6.5").code) == ("unknown", "reading_failed")
    assert cell("4.5").verdict == "met"


def test_a_failing_collector_is_unknown_and_the_others_go_on(mechanism: Any) -> None:
    say(mechanism, Locks(3))
    mechanism.SAID[Fields]["break"] = True
    judge()
    assert (cell("4.5").verdict, cell("4.5").code) == ("unknown", "no_facts")
    assert cell("6.5").verdict == "met"


def test_a_tightened_number_splits_and_is_judged_by(mechanism: Any) -> None:
    say(mechanism, Locks(3))
    judge()
    actions.tighten("6.5", "max_failures", 2, by=KEEPER, now=later(minutes=1))
    actions.judge_changed(by=KEEPER, now=later(minutes=2))
    assert cell("6.5", at=later(minutes=2)).verdict == "not_met"
    assert len(reading.history("6.5", FANGHU)) == 2


def test_late_judging_rewrites_nothing(mechanism: Any) -> None:
    say(mechanism, Locks(3))
    judge(later(hours=1))
    say(mechanism, Locks(5))
    judge(NOW)
    assert [row.verdict for row in reading.history("6.5", FANGHU)] == ["met"]


def test_a_retired_system_answers_for_what_it_must_keep_and_no_more(mechanism: Any) -> None:
    from django.apps import apps

    judge()
    apps.get_model("register", "System").objects.filter(slug="office").update(retired_at=NOW)
    for only in (None, [OFFICE]):
        judge(later(hours=1), only)
        left = reading.cells(None, later(hours=1), subject=OFFICE)
        assert [(cell.duty, cell.verdict) for cell in left] == [
            ("4.1", "unknown"), ("10.6.1", "unknown"), ("10.6.2", "unknown")
        ]  # fmt: skip
    assert reading.cells(None, later(hours=1), subject=TRADING) != left
    assert len(reading.cells(NOW, later(hours=1), subject=OFFICE)) == 83


def test_an_attested_gap_in_what_must_be_kept_outlives_retirement(mechanism: Any, cast: Any) -> None:
    from django.apps import apps

    from fanghu.assurance.attesting import attestable
    from fanghu.assurance.law import duty_called

    apps.get_model("register", "System").objects.filter(slug="office").update(retired_at=NOW)
    assert OFFICE in attestable(duty_called("4.1"), NOW)
    assert OFFICE not in attestable(duty_called("4.2"), NOW)


def test_one_system_is_judged_alone(mechanism: Any) -> None:
    judge()
    run = judge(later(hours=1), [OFFICE])
    assert run.cells == 83
    assert cell("6.5", OFFICE, at=later(hours=1)).judged_at == later(hours=1)
    assert cell("6.5", at=later(hours=1)).judged_at == NOW


def test_the_number_of_queries_does_not_grow_with_the_systems(mechanism: Any) -> None:
    def queries(at: Any) -> int:
        with CaptureQueriesContext(connection) as captured:
            judge(at)
        return len(captured)

    few = [queries(later(hours=1)), queries(later(hours=2))]
    add_systems(*(f"s{number}" for number in range(30)))
    many = [queries(later(hours=3)), queries(later(hours=4))]
    assert many[1] == few[1]
    assert many[0] <= few[0] + 1
    with CaptureQueriesContext(connection) as captured:
        reading.board(later(hours=4))
    assert len(captured) <= 3
    assert mechanism.CALLS.count(Locks) == 4


def test_the_database_keeps_the_cells_as_json(mechanism: Any) -> None:
    say(mechanism, Locks(3))
    judge()
    row = VerdictInterval.objects.get(duty="6.5", subject="system:fanghu")
    assert (row.params, row.proof) == ({"count": 3, "uptime": 0}, ["measured"])
    assert json.dumps(row.last_facts)


def test_a_mechanism_that_breaks_shows_before_the_daily_judging(mechanism: Any) -> None:
    say(mechanism, Locks(3))
    judge()
    say(mechanism, Locks(3, uptime=9), read_at=later(minutes=1))
    assert actions.judge_drifted(by=KEEPER, now=later(minutes=1)) is None
    assert JudgingRun.objects.count() == 1
    say(mechanism, Locks(9), read_at=later(minutes=2))
    run = actions.judge_drifted(by=KEEPER, now=later(minutes=2))
    assert run is not None
    assert (run.scope, run.changes) == ("system:fanghu", 1)
    assert cell("6.5", at=later(minutes=2)).verdict == "not_met"


def test_a_reading_of_two_facts_needs_both(mechanism: Any) -> None:
    say(mechanism, Locks(3))
    judge()
    assert cell("6.11").because[1] == "Nothing provides the facts Fields here."
    say(mechanism, Fields(0))
    judge(later(minutes=1))
    assert cell("6.11", at=later(minutes=1)).facts == {
        "Fields": {"missing": 0}, "Locks": {"max_failures": 3, "uptime": 0}
    }  # fmt: skip


def test_a_sentence_that_cannot_be_rendered_is_unknown_and_the_others_go_on(mechanism: Any) -> None:
    say(mechanism, Locks(7))
    say(mechanism, Fields(0))
    assert judge().cells == 83 * 4
    assert cell("6.11").code == "reading_failed"
    assert cell("4.5").verdict == "met"


def test_where_a_document_is_needed_too_what_is_measured_alone_is_not_enough(mechanism: Any) -> None:
    say(mechanism, Locks(3))
    judge()
    measured = cell("3.1")
    assert (measured.verdict, measured.code, measured.proof) == ("unknown", "document_due", ())


def test_a_number_tightened_is_kept_to_by_our_own_mechanism(cast: Any) -> None:
    """The firm asks for less than the regulation allows; the next attempt is counted by it, and the duty stays met."""
    actions.tighten("6.5", "max_failures", 2, by=KEEPER, now=later())
    now = datetime.now(UTC)
    actions.judge([FANGHU], by=KEEPER, now=now)
    (said,) = reading.cells(None, now, subject=FANGHU, duties=["6.5"])
    assert (said.verdict, said.facts["failures_allowed"]) == ("met", 2)


def test_what_two_people_defined_here_is_the_document_that_a_duty_asks_for() -> None:
    """4.1 asks for a document beside what is measured; the approved retention is one, a reading of a disk is not."""
    from fanghu.assurance.judging import needs_document
    from fanghu.regulation import load
    from fanghu.testimony import Proof, Testimony

    kept, logs = load("2022-12-30").duties["4.1"], load("2022-12-30").duties["4.2"]
    measured = Testimony(Locks(3), "disk", NOW)
    defined = Testimony(Locks(3), "definition", NOW, proof=Proof.ATTESTED)
    assert needs_document(kept, FANGHU, [measured])
    assert not needs_document(kept, FANGHU, [measured, defined])
    assert not needs_document(logs, FANGHU, [measured])
