"""Drills: run, resumed, interrupted, cleaned up; what each result does to the verdict."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from fanghu.assurance import actions, drilling, reading, standing
from fanghu.assurance.jobs import start_drills
from fanghu.assurance.models import ChangedSubject, DrillRecord
from fanghu.events.doer import KEEPER
from fanghu.faults import Exit, Fault
from fanghu.testimony import Subject
from tests.assurance.conftest import FANGHU, NOW, later, say
from tests.assurance.mechanism import drills as course
from tests.assurance.mechanism.facts import Locks

pytestmark = pytest.mark.usefixtures("systems")


class Clock:
    """A clock set by hand."""

    def __init__(self, at: datetime = NOW) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at


def run(*moves: object, at: datetime = NOW) -> DrillRecord:
    course.COURSE.extend(moves)
    row = actions.queue_drill("locks", by=KEEPER, now=at)
    drilling.run_waiting(Clock(at))
    row.refresh_from_db()
    return row


def verdict(mechanism: Any, at: datetime = NOW) -> reading.Cell:
    say(mechanism, Locks(3), read_at=at)
    actions.judge([FANGHU], by=KEEPER, now=at)
    (cell,) = reading.cells(None, at, subject=FANGHU, duties=["6.5"])
    return cell


def test_a_passed_drill_lifts_the_proof_until_it_is_old(mechanism: Any) -> None:
    row = run("passed")
    assert (row.result, row.cleaned_at, row.steps[0]["ok"]) == ("passed", NOW, True)
    assert [row.pk] == course.CLEANED
    assert verdict(mechanism).proof == ("measured", "drilled")
    assert verdict(mechanism, later(days=33)).proof == ("measured",)


def test_a_run_stands_for_every_system_that_rests_on_what_was_tried(
    mechanism: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = Subject.system("webtrade")
    wide = {"locks": replace(drilling.drills()["locks"], also=lambda: [other])}
    for module in (drilling, standing, actions):
        monkeypatch.setattr(module, "drills", lambda: wide)
    run("failed")
    found = standing.drill_standings(NOW)
    assert {key: each[0].answer for key, each in found.items()} == {
        ("6.5", str(FANGHU)): "failed", ("6.5", str(other)): "failed"
    }  # fmt: skip
    assert set(ChangedSubject.objects.values_list("subject", flat=True)) >= {str(FANGHU), str(other)}


def test_a_failed_drill_is_not_met_though_the_facts_are_good(mechanism: Any) -> None:
    run("failed")
    cell = verdict(mechanism)
    assert (cell.verdict, cell.code) == ("not_met", "drill_failed")
    run(OSError("nobody answers"), at=later(hours=1))
    assert verdict(mechanism, later(hours=1)).verdict == "not_met"
    run("passed", at=later(hours=2))
    assert verdict(mechanism, later(hours=2)).verdict == "met"


@pytest.mark.parametrize(
    ("move", "result"), [(OSError("refused"), "not_reached"), (ValueError("x"), "interrupted"), ("not_reached",) * 2]
)
def test_a_drill_that_reached_nothing_never_passes(mechanism: Any, move: object, result: str) -> None:
    assert run(move).result == result
    cell = verdict(mechanism)
    assert (cell.verdict, cell.proof) == ("met", ("measured",))
    assert "proves nothing" in cell.because[1]


def test_what_is_left_behind_keeps_it_from_passing_and_is_cleaned_again(mechanism: Any) -> None:
    course.LEFT.append("account canary-1")
    row = run("passed")
    assert (row.result, row.left_over, row.cleaned_at) == ("interrupted", ["account canary-1"], None)
    course.LEFT.clear()
    assert drilling.clean_again(Clock(later(minutes=5))) == 1
    row.refresh_from_db()
    assert row.cleaned_at == later(minutes=5)


def test_a_delayed_step_waits_for_its_time(mechanism: Any) -> None:
    row = run(timedelta(minutes=15), "passed")
    assert (row.state, row.memory) == ("waiting", {"left": "one step"})
    assert drilling.run_waiting(Clock(later(minutes=14, seconds=59))) == 0
    assert drilling.run_waiting(Clock(later(minutes=15))) == 1
    row.refresh_from_db()
    assert (row.result, len(row.steps)) == ("passed", 2)


def test_a_delayed_step_that_is_due_goes_before_what_was_asked_for_earlier(mechanism: Any) -> None:
    asked = {"duty": "6.5", "subject": "system:fanghu"}
    DrillRecord.objects.create(id="q", name="queued", state="queued", asked_at=NOW, **asked)
    DrillRecord.objects.create(
        id="w", name="timed", state="waiting", asked_at=later(minutes=1), resume_at=later(minutes=2), **asked
    )
    ticks = (later(minutes=2, seconds=second) for second in range(99))
    assert drilling.run_waiting(lambda: next(ticks)) == 1  # it reached nothing, so the other waits for the next call
    assert drilling.run_waiting(lambda: next(ticks)) == 1
    assert list(DrillRecord.objects.order_by("finished_at").values_list("pk", flat=True)) == ["w", "q"]


def test_a_run_cut_by_a_stop_is_interrupted_and_cleaned(mechanism: Any) -> None:
    row = actions.queue_drill("locks", by=KEEPER, now=NOW)
    DrillRecord.objects.update(state="running", started_at=NOW)
    assert drilling.end_interrupted(Clock(later(hours=1))) == 1
    row.refresh_from_db()
    assert (row.result, course.CLEANED) == ("interrupted", [row.pk])


def test_a_drill_under_way_is_not_started_twice(mechanism: Any) -> None:
    actions.queue_drill("locks", by=KEEPER, now=NOW)
    with pytest.raises(Fault) as refused:
        actions.queue_drill("locks", by=KEEPER, now=NOW)
    assert refused.value.exit_code == Exit.BUSY
    with pytest.raises(Fault, match="FH-ASR-03"):
        actions.queue_drill("nothing", by=KEEPER, now=NOW)


def test_the_schedule_starts_what_is_due_once(mechanism: Any) -> None:
    for at in (NOW, later(minutes=5), later(days=29)):
        course.COURSE.append("passed")
        start_drills(at)
        drilling.run_waiting(Clock(at))
    assert DrillRecord.objects.count() == 1
    start_drills(later(days=30))
    assert DrillRecord.objects.filter(state="queued").count() == 1


@pytest.mark.parametrize("move", [OSError("nobody answers"), ValueError("x")])
def test_a_drill_that_proved_nothing_is_tried_again_within_the_hour(mechanism: Any, move: Exception) -> None:
    run(move)
    start_drills(later(minutes=59))
    assert DrillRecord.objects.count() == 1
    start_drills(later(minutes=60))
    assert DrillRecord.objects.filter(state="queued").count() == 1
