"""A core system should sign a user out by itself once the idle time or the usable period has passed.

Met when an idle time or a longest use is set, what ends sessions by itself has
run within the time it may stay away, and no session is open past its end.
"""

from datetime import datetime, timedelta

from fanghu.access.facts import SessionEnding
from fanghu.regulation import Duty
from fanghu.testimony import Met, NotMet, Unknown, Verdict, _

facts = SessionEnding


def judge(duty: Duty, facts: SessionEnding, now: datetime) -> Verdict:
    """Judge how one system's sessions end by themselves."""
    if facts.idle_minutes is None and facts.longest_hours is None:
        return NotMet("endless", _("Neither an idle time nor a longest use is set, so a session never ends."))
    if facts.overdue:
        return NotMet("overdue", _("{count} sessions are open past their end."), count=facts.overdue)
    if facts.swept_at is None:
        return Unknown("never_swept", _("What ends sessions by itself has not run yet."))
    if now - facts.swept_at > timedelta(minutes=facts.sweep_minutes):
        return NotMet("not_swept", _("What ends sessions by itself last ran at {at}."), at=facts.swept_at)
    if facts.idle_minutes is None:
        return Met("ends", _("Every session ends by itself after {hours} hours of use."), hours=facts.longest_hours)
    return Met("idle", _("A session ends by itself after {minutes} minutes without use."), minutes=facts.idle_minutes)
