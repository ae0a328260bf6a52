"""Drills: found in every app, queued as rows, run by the keeper, resumed after a wait, cleaned up and proved clean."""

from __future__ import annotations

import importlib
import importlib.util
import logging
import pkgutil
from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime
from functools import cache
from types import ModuleType
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import transaction
from django.db.models import Q

from fanghu.assurance.leaves import digest
from fanghu.assurance.models import ChangedSubject, DrillRecord
from fanghu.events.actions import record
from fanghu.events.doer import KEEPER
from fanghu.testimony import Drill, DrillResult, DrillRun, Step, Subject, _

log = logging.getLogger(__name__)
State = DrillRecord.State
UNFINISHED = (State.QUEUED, State.RUNNING, State.WAITING)


@cache
def drills() -> dict[str, Drill]:
    """Every drill of every installed app, by name: ``DRILLS`` of ``<app>/drills.py`` or of each ``<app>/drills/*.py``."""
    found: dict[str, Drill] = {}
    for app in apps.get_app_configs():
        for module in _modules(f"{app.name}.drills"):
            for drill in getattr(module, "DRILLS", ()):
                if drill.name in found:
                    raise RuntimeError(f"two drills are called {drill.name}")
                found[drill.name] = drill
    return found


def _modules(name: str) -> list[ModuleType]:
    """The module of that name; of a package, each of its modules."""
    if importlib.util.find_spec(name) is None:
        return []
    top = importlib.import_module(name)
    inside = [found.name for found in pkgutil.iter_modules(getattr(top, "__path__", ()), f"{name}.")]
    return [importlib.import_module(each) for each in sorted(inside)] or [top]


def is_open(run_id: str) -> bool:
    """Whether this run of a drill is under way; nothing that calls itself a canary is one outside of it (6.1)."""
    return DrillRecord.objects.filter(pk=run_id, state__in=(State.RUNNING, State.WAITING)).exists()


def run_waiting(clock: Callable[[], datetime]) -> int:
    """Run every queued drill, and every one whose delayed step is due; returns how many were run.

    A delayed step that is due goes first, even when it falls due while others wait: it was timed, they were not. Where
    one did not reach its target the others wait for the next call: a server that is being stopped would fail them all.
    """
    ran: set[str] = set()
    while (row := _first_waiting(ran, clock())) is not None:
        ran.add(row.pk)
        taken = DrillRecord.objects.filter(pk=row.pk, state=row.state).update(
            state=State.RUNNING, started_at=row.started_at or clock()
        )
        if taken and _run(row.pk, clock) == "not_reached":
            break
    return len(ran)


def _first_waiting(ran: set[str], now: datetime) -> DrillRecord | None:
    waiting = DrillRecord.objects.filter(Q(state=State.QUEUED) | Q(state=State.WAITING, resume_at__lte=now))
    return waiting.exclude(pk__in=ran).order_by("-state", "asked_at").first()


def end_interrupted(clock: Callable[[], datetime]) -> int:
    """At start: runs that a stopped process left under way end as interrupted, and are cleaned up.

    A run that only waits for its delayed step goes on, unless it should have gone on long ago.
    """
    rows = list(DrillRecord.objects.filter(state=State.RUNNING))
    for row in rows:
        _finish(row, "interrupted", clock)
    return len(rows)


def clean_again(clock: Callable[[], datetime]) -> int:
    """Try again to clean up finished runs that left something behind."""
    rows = DrillRecord.objects.filter(state=State.FINISHED, cleaned_at=None)
    count = 0
    for row in rows:
        _clean(row, clock)
        row.save(update_fields=["left_over", "cleaned_at"])
        count += row.cleaned_at is not None
    return count


def _run(pk: str, clock: Callable[[], datetime]) -> DrillResult | None:
    row = DrillRecord.objects.get(pk=pk)
    drill = drills().get(row.name)
    if drill is None:
        _finish(row, "not_reached", clock)
        return "not_reached"
    run = DrillRun(
        row.pk, row.duty, Subject.parse(row.subject), settings.BASE_URL, clock,
        steps=[_step(step) for step in row.steps], memory=dict(row.memory),
    )  # fmt: skip
    result: DrillResult | None
    try:
        result = drill.attack(run)
    except OSError as error:  # nobody answered: nothing was tried, so nothing is known
        run.step(_("reach the target"), expected="an answer", seen=type(error).__name__, ok=False)
        result = "not_reached"
    except Exception as error:  # a drill that breaks proves nothing; its traces are still removed
        log.exception("the drill %s broke", row.name)
        run.step("run to the end", expected="no error", seen=type(error).__name__, ok=False)
        result = "interrupted"
    row.steps = [{**asdict(step), "at": step.at.isoformat()} for step in run.steps]
    if result is None and run.resume_at is not None:
        row.state, row.resume_at, row.memory = State.WAITING, run.resume_at, run.memory
        row.save(update_fields=["steps", "state", "resume_at", "memory"])
        return None
    _finish(row, result or "interrupted", clock)
    return result


def _step(kept: dict[str, Any]) -> Step:
    at, params = datetime.fromisoformat(kept["at"]), kept.get("params", {})
    return Step(kept["name"], kept["expected"], kept["seen"], at, kept["ok"], params)


def _clean(row: DrillRecord, clock: Callable[[], datetime]) -> None:
    """Remove the run's traces; ``cleaned_at`` is set only when nothing is left."""
    drill = drills().get(row.name)
    if drill is None:
        row.left_over = ["the drill is no longer installed"]
        return
    try:
        row.left_over = [str(left) for left in drill.clean_up(row.pk)]
    except Exception as error:  # tried again by the keeper
        log.exception("cleaning up after the drill %s failed", row.name)
        row.left_over = [f"clean-up failed: {type(error).__name__}"]
    row.cleaned_at = None if row.left_over else clock()


def _finish(row: DrillRecord, result: DrillResult, clock: Callable[[], datetime]) -> None:
    """Record the result with its one event; what is left behind is said, and keeps a run from counting as passed."""
    _clean(row, clock)
    if row.left_over and result == "passed":
        result = "interrupted"
    now = clock()
    with transaction.atomic():
        row.state, row.result, row.finished_at = State.FINISHED, result, now
        row.resume_at, row.memory = None, {}
        row.save()
        drill = drills().get(row.name)
        about = {row.subject, *(str(subject) for subject in (drill.also() if drill else ()))}
        ChangedSubject.objects.bulk_create(ChangedSubject(subject=subject, at=now) for subject in sorted(about))
        record(
            "drill.finished",
            by=KEEPER,
            now=now,
            object_=f"drill:{row.name}",
            outcome="success" if result == "passed" else "failure",
            detail={
                "run": row.pk, "duty": row.duty, "subject": row.subject, "result": result,
                "steps": len(row.steps), "failed_steps": [s["name"] for s in row.steps if not s["ok"]],
                "left_over": row.left_over, "steps_hash": digest(row.steps),
            },
        )  # fmt: skip
