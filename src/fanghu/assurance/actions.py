"""Judging, marking subjects for judging again, tightening numbers, queueing drills: one event for each deed."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import datetime

from django.db import IntegrityError, transaction

from fanghu.assurance import leaves
from fanghu.assurance.drilling import UNFINISHED, drills
from fanghu.assurance.intervals import Written, hold_writer, measured_subjects, stable_now, write
from fanghu.assurance.judging import Ground, observe
from fanghu.assurance.law import duty_called, in_force
from fanghu.assurance.marks import mark_changed
from fanghu.assurance.models import ChangedSubject, DrillRecord, JudgingRun, TightenedLimit
from fanghu.assurance.rules import SYSTEM_ONE
from fanghu.assurance.standing import drill_standings, statements
from fanghu.events.actions import record
from fanghu.events.doer import Doer
from fanghu.faults import Exit, Fault
from fanghu.register.collectors import firm_now, systems_now
from fanghu.regulation import RegulationError
from fanghu.regulation import tighten as tightened
from fanghu.release import VERSION, lock_hash
from fanghu.testimony import FIRM, Subject

CHUNK = 200


def judge(subjects: Iterable[Subject] | None = None, *, by: Doer, now: datetime) -> JudgingRun:
    """Judge every duty on ``subjects`` (None: the firm and every system), keep what was said, and return the run.

    Facts are read and hashed before the transaction; the number of queries does not grow with the systems.
    """
    ground, limit = _ground(subjects, now)
    judged = observe(ground)
    run = JudgingRun(
        started_at=now, edition=ground.law.edition, version=VERSION, lock_hash=lock_hash(),
        scope="all" if limit is None else " ".join(limit)[:200],
    )  # fmt: skip
    text = leaves.lines(cell.leaf for cell in judged)
    run.root, run.leaves = leaves.root(text), leaves.pack(text)
    with transaction.atomic():
        hold_writer()
        run.save(force_insert=True)
        written = write(run, judged, limit, now)
        if len(written.cells) != len(judged):  # somebody judged later than we read: those cells are theirs
            text = leaves.lines(cell.leaf for cell in written.cells)
            run.root, run.leaves = leaves.root(text), leaves.pack(text)
        run.cells, run.changes, run.finished_at = len(written.cells), len(written.changes), now
        run.event = _tell(run, written, by=by, now=now)
        run.save(force_update=True)
    return run


def _ground(subjects: Iterable[Subject] | None, now: datetime) -> tuple[Ground, list[str] | None]:
    """What a pass reads before it judges, and the subjects it is limited to."""
    systems = systems_now(retired_too=True)
    chosen = frozenset({FIRM, *map(Subject.system, systems)} if subjects is None else subjects)
    limit = None if subjects is None else sorted(map(str, chosen))
    law = in_force(now)
    return Ground(now, law, firm_now(), systems, chosen, statements(limit), drill_standings(now)), limit


def judge_drifted(*, by: Doer, now: datetime) -> JudgingRun | None:
    """Look at every subject whose facts are read from a mechanism; judge those whose verdict would now be another.

    Looking writes nothing, so it may be done often: a broken mechanism shows within a minute, not within a day.
    """
    subjects = {Subject.parse(name) for name in measured_subjects()} | ({SYSTEM_ONE} & set(everyone()))
    if not subjects:
        return None
    ground, limit = _ground(subjects, now)
    said = stable_now(limit)
    drifted = {
        Subject.parse(cell.subject) for cell in observe(ground) if said.get((cell.duty, cell.subject)) != cell.stable
    }
    return judge(drifted, by=by, now=now) if drifted else None


def _tell(run: JudgingRun, written: Written, *, by: Doer, now: datetime) -> str:
    """One event for the pass, with its root hash; the changed verdicts in events of at most ``CHUNK`` each."""
    told = [f"{subject} {duty} {before}>{after}" for subject, duty, before, after in written.changes]
    for start in range(0, len(told), CHUNK):
        part = told[start : start + CHUNK]
        record("verdict.changed", by=by, now=now, object_=f"judging:{run.pk}", detail={"changes": part})
    verdicts: dict[str, int] = {}
    for cell in written.cells:
        verdicts[cell.verdict] = verdicts.get(cell.verdict, 0) + 1
    return record(
        "judging.finished",
        by=by,
        now=now,
        object_=f"judging:{run.pk}",
        detail={
            "root": run.root, "cells": run.cells, "changes": run.changes, "first": written.first, "scope": run.scope,
            "edition": run.edition, "version": run.version, "lock": run.lock_hash, "started": now.isoformat(), **verdicts,
        },
    )  # fmt: skip


def judge_changed(also: Iterable[Subject] = (), *, by: Doer, now: datetime) -> JudgingRun | None:
    """Judge the marked subjects again, if there are any, and ``also`` those, and take the marks away.

    One pass for all: two passes at one moment could not be told apart when history is recomputed.
    """
    marks = list(ChangedSubject.objects.values_list("pk", "subject"))
    subjects = {*also, *(Subject.parse(subject) for _pk, subject in marks)}
    if not subjects:
        return None
    run = judge(subjects, by=by, now=now)
    ChangedSubject.objects.filter(pk__in=[pk for pk, _subject in marks]).delete()
    return run


@transaction.atomic
def tighten(duty: str, name: str, value: float, *, by: Doer, now: datetime) -> None:
    """Make a number of ``duty`` stricter; loosening it again asks for a second person (``relieving.ask_loosening``).

    Faults FH-LAW-14, 15, 17: looser than what stands, an unknown number, not a number.
    """
    law = in_force(now).duties.get(duty) or duty_called(duty)
    before = law.limits[name].value if name in law.limits else None
    try:
        tightened(law, {name: value})
    except RegulationError as error:
        raise Fault(error.code, error.text.en, error.text.zh_hant, exit_code=Exit.NO) from None
    TightenedLimit.objects.update_or_create(duty=duty, name=name, defaults={"value": value, "set_at": now})
    mark_changed(everyone(), now=now)
    record("limit.tightened", by=by, now=now, object_=f"duty:{duty}",
           detail={"name": name, "before": before, "after": value})  # fmt: skip


def everyone() -> list[Subject]:
    """The firm and every system, as subjects."""
    return [FIRM, *map(Subject.system, systems_now(retired_too=True))]


@transaction.atomic
def queue_every_drill(*, by: Doer, now: datetime) -> list[DrillRecord]:
    """Ask for every drill that is not under way; the keeper runs them one after the other. One event names them all."""
    under_way = set(DrillRecord.objects.filter(state__in=UNFINISHED).values_list("name", flat=True))
    rows = [
        DrillRecord(
            id=uuid.uuid4().hex, name=drill.name, duty=drill.duty, subject=str(drill.subject),
            asked_by_id=by.account or None, asked_at=now,
        )
        for drill in drills().values() if drill.name not in under_way
    ]  # fmt: skip
    made = DrillRecord.objects.bulk_create(rows)
    if made:
        names: list[str] = [row.name for row in made]
        record("drill.asked", by=by, now=now, object_=f"drill:{'+'.join(names)}"[:200], detail={"drills": names})
    return made


@transaction.atomic
def queue_drill(name: str, *, by: Doer, now: datetime) -> DrillRecord:
    """Ask for a drill to be run; the keeper runs it. A drill under way is not queued twice (Fault FH-ASR-04)."""
    drill = drills().get(name)
    if drill is None:
        raise Fault(
            "FH-ASR-03",
            "There is no such drill; `fanghu drill list` names them all.",
            "沒有這個演練；請以 `fanghu drill list` 查看全部演練。",
            exit_code=Exit.USAGE,
        )
    row = DrillRecord(
        id=uuid.uuid4().hex, name=name, duty=drill.duty, subject=str(drill.subject),
        asked_by_id=by.account or None, asked_at=now,
    )  # fmt: skip
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:
        under_way = DrillRecord.objects.filter(name=name, state__in=UNFINISHED).exists()
        if not under_way:
            raise
        raise Fault(
            "FH-ASR-04",
            "This drill is already under way; wait until it has finished.",
            "這個演練正在進行；請等它結束。",
            exit_code=Exit.BUSY,
        ) from None
    record("drill.asked", by=by, now=now, object_=f"drill:{name}", detail={"run": row.pk, "duty": drill.duty})
    return row
