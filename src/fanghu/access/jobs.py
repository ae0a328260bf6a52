"""Sessions outside the conditions of use end within half a minute."""

from __future__ import annotations

from datetime import datetime, timedelta

from fanghu.access.sweeping import end_outside
from fanghu.events.doer import KEEPER
from fanghu.jobs.job import Job

SWEEP = "access.sweeps"
EVERY = timedelta(seconds=30)


def sweep(now: datetime) -> object:
    """End every session outside the conditions."""
    return end_outside(by=KEEPER, now=now)


JOBS = [Job(SWEEP, EVERY, sweep)]
"""One job, safe to repeat."""
