"""Fields complete."""

from datetime import datetime

from fanghu.regulation import Duty
from fanghu.testimony import Met, NotMet, Verdict, _
from tests.assurance.mechanism.facts import Fields

facts = (Fields,)


def judge(duty: Duty, facts: Fields, now: datetime) -> Verdict:
    """Met when nothing is missing."""
    return NotMet("missing", _("{n} incomplete."), n=facts.missing) if facts.missing else Met("whole", _("Complete."))
