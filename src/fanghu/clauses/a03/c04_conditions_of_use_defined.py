"""A class 1 firm defines for each core system when a session ends and under which conditions the system is used.

Met when a second person has approved the conditions in force, unaltered since;
every kind (idle time, longest use, hours, accounts and functions, source
addresses, sessions at a time, resources) has a value or an explicit "no limit";
and at least one of idle time and longest use is limited. A default that nobody
has confirmed is not the firm's definition.
"""

from datetime import datetime

from fanghu.access.facts import UseConditions
from fanghu.regulation import Duty
from fanghu.testimony import Met, NotMet, Verdict, _

facts = UseConditions


def judge(duty: Duty, facts: UseConditions, now: datetime) -> Verdict:
    """Judge what the firm has defined for one system."""
    if not facts.version:
        return NotMet(
            "undefined", _("The firm has not defined the conditions of use; confirm the default or define its own.")
        )
    if not facts.approved_apart:
        return NotMet("not_approved", _("The conditions of use in force were not approved by a second person."))
    if not facts.as_approved:
        return NotMet("altered", _("The conditions of use in force are not the ones that were approved."))
    if facts.undefined:
        return NotMet(
            "kinds_missing", _("Neither a value nor an explicit “no limit” is given for {count} kinds of conditions."),
            count=len(facts.undefined),
        )  # fmt: skip
    if not facts.use_ends:
        return NotMet("endless", _("Neither an idle time nor a longest use is set, so a session never ends."))
    return Met(
        "defined", _("Version {version} of the conditions of use is approved and complete."), version=facts.version
    )
