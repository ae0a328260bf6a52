"""Work without a person: the plan is kept, the sources and the log itself are watched."""

from datetime import timedelta

from fanghu.intake.planning import keep_plan
from fanghu.intake.watching import watch
from fanghu.jobs.job import Job

JOBS = [
    Job("intake.plan", timedelta(seconds=5), keep_plan, own_claim=True),
    Job("intake.watch", timedelta(seconds=30), watch),
]
