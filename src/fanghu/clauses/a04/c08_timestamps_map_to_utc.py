"""Every record's time comes from the system's own clock and can be mapped to UTC.

Met when every record that came in within thirty days states its offset from
UTC, or somebody stated the zone of its source; none of them claims a time
after the one at which it came in; and those that come in live are as old as
they say, within the seconds allowed. Where a zone was only assumed, the answer
is unknown. What was wrong before stays in the history.
"""

from datetime import datetime

from fanghu.auditlog.facts import TimeStamps
from fanghu.regulation import Duty
from fanghu.testimony import Met, NotMet, Unknown, Verdict, _

facts = TimeStamps


def judge(duty: Duty, facts: TimeStamps, now: datetime) -> Verdict:
    """Judge one system's times against ``max_skew_seconds``."""
    allowed = duty.limits["max_skew_seconds"].value
    if not facts.records:
        return Unknown("no_records", _("No record came in within thirty days, so there is nothing to judge."))
    if facts.largest_lead_seconds > allowed:
        return NotMet(
            "ahead", _("A record says a time {seconds} seconds after it came in; at most {limit} are allowed."),
            seconds=round(facts.largest_lead_seconds), limit=allowed,
        )  # fmt: skip
    if facts.median_lag_seconds is not None and abs(facts.median_lag_seconds) > allowed:
        return NotMet(
            "behind", _("Records come in {seconds} seconds after the time they say; at most {limit} are allowed."),
            seconds=round(facts.median_lag_seconds), limit=allowed,
        )  # fmt: skip
    if facts.without_offset:
        return Unknown(
            "zone_assumed", _("The zone of {count} of {records} records was assumed, not stated."),
            count=facts.without_offset, records=facts.records,
        )  # fmt: skip
    return Met(
        "utc", _("All {records} records of thirty days map to UTC; no time lies more than {seconds} seconds after it came in."),
        records=facts.records, seconds=round(max(facts.largest_lead_seconds, 0.0), 1),
    )  # fmt: skip
