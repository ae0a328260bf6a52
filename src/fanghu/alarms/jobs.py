"""Work without a person: alarms go out."""

from fanghu.alarms.telling import TELL

JOBS = [TELL]
