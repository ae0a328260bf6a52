"""History is recomputed from the roots: what was edited, deleted or slipped in is found."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db.models import F

from fanghu.assurance import actions
from fanghu.assurance.leaves import lines, pack, parse, root, unpack
from fanghu.assurance.models import JudgingRun, VerdictInterval
from fanghu.assurance.verifying import LoggedRoot, verify
from fanghu.events.doer import KEEPER
from tests.assurance.conftest import later, say
from tests.assurance.mechanism.facts import Locks

pytestmark = pytest.mark.usefixtures("systems")
LAST = {"duty": "6.5", "subject": "system:fanghu", "until": None}


@pytest.fixture
def logged(mechanism: Any) -> list[LoggedRoot]:
    """Five passes with a change of verdict and a gap, and what the log would hold of them."""
    for hours, failures in ((0, 3), (1, 3), (2, 5), (80, 5), (81, 3)):
        say(mechanism, Locks(failures, uptime=hours), read_at=later(hours=hours))
        actions.judge(by=KEEPER, now=later(hours=hours))
    return [
        LoggedRoot(str(run.pk), run.root, run.started_at.isoformat())
        for run in JudgingRun.objects.order_by("started_at")
    ]


def test_untouched_history_agrees(logged: list[LoggedRoot]) -> None:
    done = verify(logged)
    assert (done.findings, done.runs, done.unlogged) == ([], 5, 0)
    assert done.leaves == 5 * 83 * 4


def intervals(**change: Any) -> Callable[[], object]:
    return lambda: VerdictInterval.objects.filter(**LAST).update(**change)


def reroot() -> None:
    """Edit a pass's leaves and root together, and the interval with them, as somebody careful would."""
    run = JudgingRun.objects.order_by("started_at").last()
    assert run is not None
    leaves = [leaf._replace(verdict="met") for leaf in parse(unpack(bytes(run.leaves)))]
    run.leaves, run.root = pack(lines(leaves)), root(lines(leaves))
    run.save()


EDITS: dict[str, Callable[[], object]] = {
    "verdict": intervals(verdict="not_met", code="too_many"),
    "reason in Chinese": intervals(because_zh="都好"),
    "parameters": intervals(params={"count": 1}),
    "facts": intervals(last_facts={"max_failures": 1, "uptime": 81}),
    "first facts": lambda: VerdictInterval.objects.filter(
        duty="6.5", subject="system:fanghu", first_facts__uptime=0
    ).update(first_facts={"max_failures": 1, "uptime": 0}),
    "proof": intervals(proof=["measured", "drilled"]),
    "end of freshness": intervals(fresh_until=later(days=90)),
    "ended by hand": intervals(until=later(hours=90)),
    "ended when it was last said": intervals(until=F("confirmed_at")),
    "confirmed later": intervals(confirmed_at=later(hours=90), fresh_until=later(hours=91)),
    "begun earlier": lambda: VerdictInterval.objects.filter(duty="6.5", subject="system:fanghu", from_at=later(hours=2))
    .update(from_at=later(hours=1, minutes=30)),
    "stretched over the gap": lambda: VerdictInterval.objects.filter(
        duty="6.5", subject="system:fanghu", from_at=later(hours=2)
    ).update(confirmed_at=later(hours=79), fresh_until=later(hours=80)),
    "deleted": lambda: VerdictInterval.objects.filter(**LAST).delete(),
    "an old one deleted": lambda: VerdictInterval.objects.filter(
        duty="6.5", subject="system:fanghu", from_at=later(hours=2)
    ).delete(),
    "root": lambda: JudgingRun.objects.update(root="0" * 64),
    "leaves and root": reroot,
    "leaves damaged": lambda: JudgingRun.objects.update(leaves=b"\x00"),
    "pass deleted": lambda: (
        VerdictInterval.objects.update(run=JudgingRun.objects.order_by("started_at")[0]),
        JudgingRun.objects.order_by("started_at")[1].delete(),
    ),
    "pass moved": lambda: JudgingRun.objects.update(started_at=F("started_at") + timedelta(seconds=1)),
    "slipped in": lambda: VerdictInterval.objects.filter(duty="6.5", subject="system:office").update(
        duty="6.99", subject="system:fanghu"
    ),
}  # fmt: skip


@pytest.mark.parametrize("edit", EDITS)
def test_an_edit_is_found(logged: list[LoggedRoot], edit: str) -> None:
    EDITS[edit]()
    assert verify(logged).findings


def test_a_pass_the_log_does_not_know_is_found(logged: list[LoggedRoot]) -> None:
    done = verify(logged[:-1])
    assert (done.unlogged, len(done.findings)) == (1, 1)


def test_an_edited_judge_is_named_when_it_has_judged_and_before(logged: list[LoggedRoot], monkeypatch: Any) -> None:
    from dataclasses import replace

    from fanghu.assurance.readings import readings

    assert verify(logged).notes == []
    known = readings("tests.assurance.law")
    monkeypatch.setitem(known, "6.5", replace(known["6.5"], hash="e" * 64))
    assert [en for _zh, en in verify(logged).notes] == [
        "6.5: the reading installed now is not the one that judged last."
    ]
    run = actions.judge(by=KEEPER, now=later(hours=82))
    done = verify([*logged, LoggedRoot(str(run.pk), run.root, run.started_at.isoformat())])
    assert done.findings == []
    assert [en[:37] for _zh, en in done.notes] == ["6.5: judged by another reading from 2"]
