"""Work without a person: read the logs on for what administrators did."""

from datetime import datetime, timedelta

from fanghu.jobs.job import Job
from fanghu.reviews.gathering import gather

PASSES = 10


def gather_some(now: datetime) -> int:
    """Read on, some passes at a time where much has come; return how many entries are still to read."""
    left = 0
    for _pass in range(PASSES):
        left = gather(now)
        if not left:
            break
    return left


JOBS = [Job("reviews.gather", timedelta(minutes=1), gather_some, apart=True)]
