"""Work of the register without a person."""

from datetime import timedelta

from fanghu.jobs.job import Job
from fanghu.register.staging import sweep

JOBS = [Job("register.sweep_staging", timedelta(minutes=15), sweep)]
