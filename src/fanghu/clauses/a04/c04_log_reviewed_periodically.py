"""The logs of a system are looked through at a period that the firm has set.

Met when a second person approved the period, at most a month; somebody has
signed a review within it; and no day lies between the periods that the reviews
cover. While no period is approved the answer is unknown for the days of setting
up, then not met; the first review falls due one period after the approval.
"""

from datetime import datetime, timedelta

from fanghu.regulation import Duty
from fanghu.reviews.facts import LogReviews
from fanghu.testimony import Met, NotMet, Unknown, Verdict, _

facts = LogReviews
DAYS_OF_MONTH = 31


def judge(duty: Duty, facts: LogReviews, now: datetime) -> Verdict:
    """Judge one system's periodic reviews against ``review_months`` and the firm's own period."""
    if facts.period_approved_at is None or not facts.asked_days:
        template = _("The firm has not set how often the log is reviewed.")
        if now - facts.registered_at <= timedelta(days=duty.limits["setup_grace_days"].value):
            return Unknown("undefined_yet", template)
        return NotMet("undefined", template)
    days = min(facts.asked_days, duty.limits["review_months"].value * DAYS_OF_MONTH)
    since = facts.signed_on or facts.period_approved_at
    if now - since > timedelta(days=days + 1):
        return NotMet(
            "overdue", _("The log was last reviewed or the period set on {at}; a review every {days} days is asked."),
            at=since, days=round(days),
        )  # fmt: skip
    if facts.days_left_out:
        return NotMet("left_out", _("{count} days lie in no period that was reviewed."), count=facts.days_left_out)
    if facts.signed_on is None:
        return Unknown("none_yet", _("No review is signed yet; the first falls due {days} days after {at}."),
                       days=round(days), at=since)  # fmt: skip
    return Met(
        "reviewed", _("Last reviewed on {at}; at least every {days} days."), at=facts.signed_on, days=round(days)
    )
