"""Lock after three failures."""

from datetime import datetime

from fanghu.regulation import Duty
from fanghu.testimony import Met, NotMet, Verdict, _
from tests.assurance.mechanism.facts import Locks

facts = Locks


def judge(duty: Duty, facts: Locks, now: datetime) -> Verdict:
    """Met when the number is the duty's or less; a negative one breaks the reading."""
    if facts.max_failures < 0:
        raise ZeroDivisionError
    if facts.max_failures > duty.limits["max_failures"].value:
        return NotMet("too_many", _("{count} failures are allowed."), count=facts.max_failures)
    return Met("locks", _("Locks after {count}; up {uptime} hours."), count=facts.max_failures, uptime=facts.uptime)
