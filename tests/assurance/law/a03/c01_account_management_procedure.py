"""A duty that needs a document beside what is measured."""

from datetime import datetime

from fanghu.regulation import Duty
from fanghu.testimony import Met, Verdict, _
from tests.assurance.mechanism.facts import Locks

facts = Locks


def judge(duty: Duty, facts: Locks, now: datetime) -> Verdict:
    """Always met."""
    return Met("kept", _("Kept."))
