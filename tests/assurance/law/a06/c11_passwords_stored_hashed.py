"""Two kinds of facts, both needed."""

from datetime import datetime

from fanghu.regulation import Duty
from fanghu.testimony import Met, Verdict, _
from tests.assurance.mechanism.facts import Fields, Locks

facts = (Locks, Fields)


def judge(duty: Duty, facts: tuple[Locks, Fields], now: datetime) -> Verdict:
    """Met, in words that lack a value when the number is 7."""
    locks, fields = facts
    if locks.max_failures == 7:
        return Met("both", _("Of {nothing}."))
    return Met("both", _("Both: {a} and {b}."), a=locks.max_failures, b=fields.missing)
