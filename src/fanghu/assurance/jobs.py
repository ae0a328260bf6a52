"""The keeper's work here: judge daily and at its start, judge what changed, run drills that are due or asked for."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from fanghu.assurance.actions import judge, judge_changed, judge_drifted, queue_drill
from fanghu.assurance.drilling import clean_again, drills, end_interrupted, run_waiting
from fanghu.assurance.history import check
from fanghu.assurance.models import DrillRecord, JudgingRun
from fanghu.events.doer import KEEPER
from fanghu.faults import Exit, Fault
from fanghu.jobs.job import Job
from fanghu.register.collectors import firm_now, marker, systems_now
from fanghu.testimony import FIRM, Subject

DAY = timedelta(hours=20)
AGAIN = timedelta(hours=1)


class Remembered:
    """What this keeper process has seen: whether it has started, and the register as it last judged it."""

    def __init__(self) -> None:
        self.started = False
        self.marker: str | None = None
        self.firm: Any = None
        self.systems: dict[str, Any] = {}

    def changed(self) -> set[Subject]:
        """The subjects whose facts differ from last time; a firm that changed changes every subject."""
        mark = marker()
        if mark == self.marker:
            return set()
        self.marker = mark
        firm, systems = firm_now(), dict(systems_now(retired_too=True))
        everyone = {FIRM, *map(Subject.system, systems)}
        if firm != self.firm:
            found = everyone | {Subject.system(slug) for slug in self.systems}
        else:
            slugs = {
                slug for slug in systems.keys() | self.systems.keys() if systems.get(slug) != self.systems.get(slug)
            }
            found = {Subject.system(slug) for slug in slugs}
        self.firm, self.systems = firm, systems
        return found


seen = Remembered()


def judge_daily(now: datetime) -> None:
    """Judge everything at the keeper's start, and whenever nothing judged for most of a day."""
    newest = JudgingRun.objects.filter(scope="all").defer("leaves").order_by("-started_at").first()
    if seen.started and newest is not None and newest.started_at + DAY > now:
        return
    seen.started = True
    seen.changed()
    judge(by=KEEPER, now=now)


def judge_changes(now: datetime) -> None:
    """Judge again what was marked, and the systems and firm whose registered facts changed."""
    if not seen.started:
        return
    judge_changed(seen.changed(), by=KEEPER, now=now)


def judge_drift(now: datetime) -> None:
    """Judge again what a mechanism's facts would now make another verdict."""
    if seen.started:
        judge_drifted(by=KEEPER, now=now)


def start_drills(now: datetime) -> None:
    """Queue every drill that is due: never run, or not since its interval; one under way is left alone.

    One that reached nothing, or was cut off by a stop, has proved nothing and is tried again after ``AGAIN``.
    """
    newest: dict[str, tuple[datetime, str]] = {}
    for name, asked, result in DrillRecord.objects.order_by("asked_at").values_list("name", "asked_at", "result"):
        newest[name] = (asked, result)
    for drill in drills().values():
        last = newest.get(drill.name)
        wait = min(AGAIN, drill.every) if last and last[1] in ("not_reached", "interrupted") else drill.every
        if last is None or last[0] + wait <= now:
            try:
                queue_drill(drill.name, by=KEEPER, now=now)
            except Fault as fault:
                if fault.exit_code != Exit.BUSY:
                    raise


class Drilling:
    """Runs waiting drills; the first time it ends those that a stopped keeper left under way."""

    def __init__(self) -> None:
        self.begun = False

    def __call__(self, now: datetime) -> None:
        """Run what is queued or due; drills read the clock themselves."""
        if not self.begun:
            end_interrupted(timezone.now)
            clean_again(timezone.now)
            self.begun = True
        run_waiting(timezone.now)


def verify_history(now: datetime) -> None:
    """Hold every row and every pass against the log, once a day; the board says what does not agree."""
    check(by=KEEPER, now=now)


JOBS = [
    Job("assurance.judge_daily", timedelta(minutes=10), judge_daily),
    Job("assurance.judge_changes", timedelta(seconds=5), judge_changes, own_claim=True),
    Job("assurance.judge_drift", timedelta(minutes=1), judge_drift, own_claim=True),
    Job("assurance.verify_history", timedelta(days=1), verify_history, apart=True),
    Job("assurance.start_drills", timedelta(minutes=5), start_drills),
    Job("assurance.run_drills", timedelta(seconds=2), Drilling(), own_claim=True, apart=True),
]
