"""Work without a person: the plan is kept, the sources and the log are watched, canaries are sent by every way in."""

from datetime import timedelta

from fanghu.intake.canaries.rounds import round_when_due
from fanghu.intake.host_configs import read_host_configs
from fanghu.intake.planning import keep_plan
from fanghu.intake.watching import watch
from fanghu.jobs.job import Job

JOBS = [
    Job("intake.plan", timedelta(seconds=5), keep_plan, own_claim=True),
    Job("intake.watch", timedelta(seconds=30), watch),
    Job("intake.host_configs", timedelta(minutes=10), read_host_configs),
    Job("intake.canary", timedelta(minutes=5), round_when_due, apart=True),
]
