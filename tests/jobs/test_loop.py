"""The keeper: due jobs run once, failures are noted and tried again, a dead holder's row is free again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from fanghu.jobs import loop
from fanghu.jobs.job import Job
from fanghu.jobs.models import KeeperBeat, ScheduledJob
from fanghu.jobs.reading import failing_jobs, keeper_silent_since

pytestmark = pytest.mark.django_db
START = datetime(2026, 11, 22, 4, tzinfo=UTC)


class Clock:
    """A clock that only moves when told."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now

    def later(self, **span: float) -> None:
        self.now += timedelta(**span)


def test_a_due_job_runs_once_until_its_next_time() -> None:
    """Two passes in the same minute run an hourly job once; an hour later it runs again."""
    clock, ran = Clock(), []
    jobs = [Job("hourly", timedelta(hours=1), ran.append)]
    loop.enter(jobs, clock())
    assert loop.pass_once(jobs, {}, clock) == 1
    assert loop.pass_once(jobs, {}, clock) == 0
    clock.later(hours=1)
    assert loop.pass_once(jobs, {}, clock) == 1
    assert ran == [START, START + timedelta(hours=1)]


def test_two_keepers_do_not_both_run_it() -> None:
    """Whoever changes the row has the job; the other finds it held."""
    clock = Clock()
    job = Job("once", timedelta(hours=1), lambda now: None)
    loop.enter([job], clock())
    assert loop.claim(job, clock())
    assert not loop.claim(job, clock())


def test_a_failing_job_is_noted_and_does_not_stop_the_others() -> None:
    """The failure is a short line for the board; the next success clears it."""
    clock, ran = Clock(), []
    broken = [True]

    def fragile(now: datetime) -> None:
        if broken[0]:
            raise ValueError("no reference clock")

    jobs = [Job("fragile", timedelta(minutes=1), fragile), Job("sound", timedelta(minutes=1), ran.append)]
    loop.enter(jobs, clock())
    loop.pass_once(jobs, {}, clock)
    assert [(name, what) for name, _at, what in failing_jobs()] == [("fragile", "ValueError: no reference clock")]
    assert ran == [START]
    broken[0] = False
    clock.later(minutes=2)
    loop.pass_once(jobs, {}, clock)
    assert failing_jobs() == []


def test_a_job_that_claims_its_own_work_writes_no_row_each_time(django_assert_num_queries: object) -> None:
    """Looking for work every second must not write to the database every second."""
    clock, ran = Clock(), []
    jobs = [Job("relay", timedelta(seconds=1), ran.append, own_claim=True)]
    loop.enter(jobs, clock())
    with django_assert_num_queries(0):  # type: ignore[operator]
        loop.pass_once(jobs, {}, clock)
    assert ran == [START]


def test_what_a_killed_keeper_held_is_free_at_the_next_start() -> None:
    """A claim left by a killed keeper does not wait out its hold."""
    clock = Clock()
    job = Job("daily", timedelta(days=1), lambda now: None)
    loop.enter([job], clock())
    assert loop.claim(job, clock())
    clock.later(seconds=5)
    loop.enter([job], clock())
    assert loop.claim(job, clock())


def test_a_stopped_keeper_shows() -> None:
    """Silent for more than two minutes is told with the time of its last beat."""
    KeeperBeat.objects.create(pk=1, at=START)
    assert keeper_silent_since(START + timedelta(minutes=2)) is None
    assert keeper_silent_since(START + timedelta(minutes=3)) == START


def test_every_job_of_the_product_has_a_name_of_its_own() -> None:
    """Rows are keyed by name."""
    names = [job.name for job in loop.found_jobs()]
    assert names
    assert len(names) == len(set(names))
    assert ScheduledJob._meta.pk.name == "name"
