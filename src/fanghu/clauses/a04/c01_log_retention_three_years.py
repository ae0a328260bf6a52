"""The firm has set what period a log covers and how long it is kept, and keeps it at least three years.

Met when a second person approved the recording cycle and a retention of at
least three years, no record the log ever took has gone from it but those let
go by a signed record after that time, and every period of the cycle from its
first record to its last holds one. A log younger than the retention is met:
the answer says how far back it goes. Where a period is empty and no start of
the system ends it, the answer is unknown: nothing shows that logging ran. What
is sent as it happens and states a time over a month before it came in, or over
a day after, tells of a wrong clock and not of that period.
"""

from datetime import datetime
from math import ceil

from fanghu.auditlog.facts import LogSpan, RetentionPolicy
from fanghu.regulation import Duty
from fanghu.testimony import Met, NotMet, Unknown, Verdict, _

facts = (RetentionPolicy, LogSpan)
DAYS_OF_YEARS = 365.25


def judge(duty: Duty, facts: tuple[RetentionPolicy, LogSpan], now: datetime) -> Verdict:
    """Judge one system's log against ``retention_years``."""
    policy, span = facts
    asked = ceil(duty.limits["retention_years"].value * DAYS_OF_YEARS)
    if policy.approved_at is None or not policy.cycle:
        return NotMet("undefined", _("The firm has not defined the recording cycle and the retention of this log."))
    if policy.kept_days < asked:
        return NotMet(
            "too_short", _("Records are kept for {days} days; at least {asked} are asked."),
            days=policy.kept_days, asked=asked,
        )  # fmt: skip
    if span.missing:
        return NotMet("missing", _("{count} records are no longer in the log."), count=span.missing)
    if span.shortest_kept_days is not None and span.shortest_kept_days < max(asked, policy.kept_days):
        return NotMet(
            "let_go_early", _("Records were let go after {kept} days; at least {asked} are asked."),
            kept=int(span.shortest_kept_days), asked=max(asked, policy.kept_days),
        )  # fmt: skip
    if not span.records or span.oldest_at is None:
        return Unknown("no_records", _("No record has been read yet, so there is nothing to judge."))
    if span.gaps:
        return Unknown("gaps", _("In {count} periods no record shows that logging ran."), count=span.gaps)
    return Met(
        "kept", _("Kept for {days} days as approved on {approved}; the log goes back to {oldest}, and nothing has gone from it before its time."),
        days=policy.kept_days, approved=policy.approved_at, oldest=span.oldest_at,
    )  # fmt: skip
