"""Work without a person: read the logs on for what administrators did."""

from datetime import timedelta

from fanghu.jobs.job import Job
from fanghu.reviews.gathering import gather

JOBS = [Job("reviews.gather", timedelta(minutes=1), gather)]
