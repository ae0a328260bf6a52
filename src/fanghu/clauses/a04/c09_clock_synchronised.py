"""The system clock is synchronised with a reference time source, at least once a day.

Met when a second person approved the reference servers, how often and within
what offset; every host of the system is kept synchronised, as its kernel or
its time daemon says; and its offset from a named reference was measured within
that period and is within what is allowed, by the firm and by the law. While
nothing is approved the answer is unknown for the days of setting up, then not
met.
"""

from datetime import datetime, timedelta

from fanghu.auditlog.facts import ClockSync
from fanghu.regulation import Duty
from fanghu.testimony import Met, NotMet, Unknown, Verdict, _

facts = ClockSync


def judge(duty: Duty, facts: ClockSync, now: datetime) -> Verdict:
    """Judge the clocks of one system's hosts."""
    if facts.approved_at is None:
        return undefined(facts, timedelta(days=duty.limits["setup_grace_days"].value), now)
    if facts.hosts == 0:
        return Unknown("no_hosts", _("No host's clock has been read yet."))
    if facts.unsynchronised:
        return NotMet(
            "unsynchronised", _("A synchronised clock is missing on {hosts}; set up a time service there."),
            hosts=", ".join(facts.unsynchronised),
        )  # fmt: skip
    if facts.unmeasured or facts.oldest_reading_at is None or facts.largest_offset_seconds is None:
        return Unknown(
            "not_measured", _("No reference server answered, so the offset of {hosts} is not known."),
            hosts=", ".join(facts.unmeasured) or "-",
        )  # fmt: skip
    if now - facts.oldest_reading_at > timedelta(days=min(facts.every_days, duty.limits["sync_days"].value)):
        return NotMet("too_old", _("The clock was last compared with a reference on {at}."), at=facts.oldest_reading_at)
    allowed = min(facts.max_offset_seconds, duty.limits["max_offset_seconds"].value)
    if facts.largest_offset_seconds > allowed:
        return NotMet(
            "off", _("The clock is {seconds} seconds off its reference; at most {limit} are allowed."),
            seconds=round(facts.largest_offset_seconds, 3), limit=allowed,
        )  # fmt: skip
    return Met(
        "synchronised", _("The clock is synchronised, {seconds} seconds off its reference on {at}."),
        seconds=round(facts.largest_offset_seconds, 4), at=facts.oldest_reading_at,
    )  # fmt: skip


def undefined(facts: ClockSync, grace: timedelta, now: datetime) -> Verdict:
    """What is said while the firm has not defined how clocks are synchronised."""
    template = _("The firm has not defined with what the clock is synchronised, how often and how closely.")
    if now - facts.in_use_since <= grace:
        return Unknown("undefined_yet", template)
    return NotMet("undefined", template)
