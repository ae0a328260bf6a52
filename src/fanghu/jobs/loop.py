"""The keeper's loop: find every app's jobs, claim the due ones, run them, write down how it went."""

from __future__ import annotations

import importlib
import logging
import time
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from importlib.util import find_spec
from threading import Thread

from django.apps import apps
from django.db import DatabaseError, close_old_connections
from django.db.models import F

from fanghu.jobs.job import Job
from fanghu.jobs.models import KeeperBeat, ScheduledJob

HOLD = timedelta(minutes=15)
BEAT = timedelta(seconds=10)
LAST_WORDS = 2.0
log = logging.getLogger(__name__)
failed_jobs: set[str] = set()


def found_jobs() -> list[Job]:
    """Every job named in the ``jobs.py`` of an installed app, in the order of the apps."""
    found: list[Job] = []
    for app in apps.get_app_configs():
        if app.name.startswith("fanghu.") and app.name != "fanghu.jobs" and find_spec(f"{app.name}.jobs"):
            found += importlib.import_module(f"{app.name}.jobs").JOBS
    return found


def enter(jobs: Iterable[Job], now: datetime) -> None:
    """Give each job its row; a row whose holder died is free again at once (one keeper runs at a time)."""
    ScheduledJob.objects.bulk_create(
        [ScheduledJob(name=job.name, next_at=now, held_until=now) for job in jobs], ignore_conflicts=True
    )
    ScheduledJob.objects.filter(held_until__gt=now).update(held_until=now)


def claim(job: Job, now: datetime) -> bool:
    """Take ``job`` if it is due and free."""
    changed = ScheduledJob.objects.filter(name=job.name, next_at__lte=now, held_until__lte=now).update(
        held_until=now + HOLD, last_started_at=now
    )
    return changed == 1


def run_one(job: Job, now: datetime, clock: Callable[[], datetime]) -> bool:
    """Run a claimed job and note the outcome; a failing job is tried again at its next time."""
    row = ScheduledJob.objects.filter(name=job.name)
    try:
        job.run(now)
    except Exception as failure:
        log.exception("job %s failed", job.name)
        row.update(
            next_at=clock() + job.every,
            held_until=now,
            last_failed_at=clock(),
            last_failure=f"{type(failure).__name__}: {failure}"[:200],
        )
        return False
    row.update(next_at=F("last_started_at") + job.every, held_until=now, last_ok_at=clock(), last_failure="")
    return True


def run_unclaimed(job: Job, now: datetime, clock: Callable[[], datetime]) -> bool:
    """Run a job that protects its own work; only a failure, and its end, are written down."""
    row = ScheduledJob.objects.filter(name=job.name)
    try:
        job.run(now)
    except Exception as failure:
        log.exception("job %s failed", job.name)
        row.update(last_failed_at=clock(), last_failure=f"{type(failure).__name__}: {failure}"[:200])
        failed_jobs.add(job.name)
        return False
    if job.name in failed_jobs:
        row.update(last_ok_at=clock(), last_failure="")
        failed_jobs.discard(job.name)
    return True


def pass_once(jobs: Iterable[Job], due: dict[str, datetime], clock: Callable[[], datetime]) -> int:
    """Run every due job once; ``due`` spares the database a question for jobs not due yet."""
    done = 0
    for job in jobs:
        now = clock()
        if due.get(job.name, now) > now:
            continue
        if job.own_claim:
            done += run_unclaimed(job, now, clock)
        elif claim(job, now):
            run_one(job, now, clock)
            done += 1
        due[job.name] = now + job.every
    return done


def keep(
    clock: Callable[[], datetime], stopping: Callable[[], bool], pause: Callable[[float], object] = time.sleep
) -> None:
    """Run until ``stopping()``; a database out of reach is waited for, not died of."""
    jobs = found_jobs()
    together = [job for job in jobs if not job.apart]
    entered = False
    beat_at = datetime.min.replace(tzinfo=clock().tzinfo)
    threads: list[Thread] = []

    def begin() -> None:
        nonlocal entered, beat_at
        if not entered:
            enter(jobs, clock())
            entered = True
            for job in jobs:
                if job.apart:
                    threads.append(Thread(target=_turn, args=([job], clock, stopping, pause), daemon=True))
                    threads[-1].start()
        if clock() >= beat_at:
            KeeperBeat.objects.update_or_create(pk=1, defaults={"at": clock()})
            beat_at = clock() + BEAT

    _turn(together, clock, stopping, pause, begin)
    for thread in threads:
        thread.join(timeout=LAST_WORDS)


def _turn(
    jobs: list[Job],
    clock: Callable[[], datetime],
    stopping: Callable[[], bool],
    pause: Callable[[float], object],
    begin: Callable[[], None] = lambda: None,
) -> None:
    """Pass over ``jobs`` again and again, ``begin`` before each pass."""
    due: dict[str, datetime] = {}
    while not stopping():
        try:
            begin()
            pass_once(jobs, due, clock)
        except DatabaseError:
            log.exception("the database is out of reach; trying again")
            close_old_connections()
            pause(2)
        pause(0.5)
