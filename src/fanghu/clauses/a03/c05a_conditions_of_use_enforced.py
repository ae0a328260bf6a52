"""A class 1 firm uses its core systems only under the conditions it has defined.

Met when the conditions are decided at sign-in and on every request, no session
on record was opened or used outside them since they stand (at most the last
thirty days are looked at), and none is open that should have ended.
Where the firm has defined no conditions there is nothing to judge use by.
"""

from datetime import datetime

from fanghu.access.facts import ConditionEnforcement
from fanghu.regulation import Duty
from fanghu.testimony import Met, NotMet, Unknown, Verdict, _

facts = ConditionEnforcement


def judge(duty: Duty, facts: ConditionEnforcement, now: datetime) -> Verdict:
    """Judge how one system keeps to its conditions of use."""
    if not facts.on_every_request:
        return NotMet("not_each_request", _("The conditions of use are not decided on every request."))
    if not facts.at_sign_in:
        return NotMet("not_at_sign_in", _("The conditions of use are not decided at sign-in."))
    if facts.used_outside:
        return NotMet(
            "used_outside", _("{count} sessions were opened or used outside the conditions of use."),
            count=facts.used_outside,
        )  # fmt: skip
    if facts.open_outside:
        return NotMet(
            "open_outside", _("{count} sessions are open that the conditions of use should have ended."),
            count=facts.open_outside,
        )  # fmt: skip
    if not facts.defined:
        return Unknown(
            "undefined", _("The firm has not defined the conditions of use, so there is nothing to judge by.")
        )
    return Met("kept", _("Decided at sign-in and on every request; no session on record left the conditions."))
