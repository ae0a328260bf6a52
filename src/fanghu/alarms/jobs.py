"""Work without a person: alarms go out."""

from datetime import timedelta

from fanghu.alarms.telling import tell_due
from fanghu.jobs.job import Job

JOBS = [Job("alarms.tell", timedelta(seconds=3), tell_due, own_claim=True, apart=True)]
