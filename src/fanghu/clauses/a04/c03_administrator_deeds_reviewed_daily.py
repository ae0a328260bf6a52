"""What administrators do is recorded, and another person looks through it day by day.

Met when the log was read to its end within a day and what was read still fits
it, it holds administrators' deeds and misses no administrator who used the
system; every calendar day over is signed by somebody who did none of it, and
none waits past the next business day (those signed later than that stay marked,
and the history keeps for how long it was not met); records that came later are signed too;
and no finding has waited over two weeks for what was done about it. Days on
which no administrator did anything are signed as empty. Drills' own accounts
are left out.
"""

from datetime import datetime, timedelta

from fanghu.regulation import Duty
from fanghu.reviews.facts import AdminRecords, AdminReview
from fanghu.testimony import Met, NotMet, Unknown, Verdict, _

facts = (AdminRecords, AdminReview)
READ_WITHIN = timedelta(days=1, hours=2)
BEHIND_AT_MOST = 1_000_000
NAMED = 5


def judge(duty: Duty, facts: tuple[AdminRecords, AdminReview], now: datetime) -> Verdict:
    """Judge one system's administrators' records and their reviews; ``review_days`` is each single day."""
    records, review = facts
    return unread(records, now) or unreviewed(review) or unproven(records, review)


def unread(records: AdminRecords, now: datetime) -> Verdict | None:
    """What stands against the records, or None."""
    if records.read_at is None:
        return Unknown("not_read", _("The log has not been read for administrators' deeds yet."))
    if now - records.read_at > READ_WITHIN or records.entries_behind > BEHIND_AT_MOST:
        return Unknown(
            "not_lately", _("The log was last read to its end for administrators' deeds on {at}."), at=records.read_at
        )
    if records.altered:
        return NotMet(
            "altered", _("What was read of administrators' deeds was altered in {count} places."), count=records.altered
        )
    if records.silent:
        return NotMet(
            "not_recorded", _("The log holds nothing of administrators who used the system: {names}."),
            names=", ".join(records.silent[:NAMED]),
        )  # fmt: skip
    return None


def unreviewed(review: AdminReview) -> NotMet | None:
    """What stands against the reviews, or None."""
    if review.missed:
        return NotMet(
            "missed", _("{count} days were not reviewed in time: {days}."),
            count=len(review.missed), days=", ".join(review.missed[-NAMED:]),
        )  # fmt: skip
    if review.added_late:
        return NotMet(
            "added_late", _("Records came after {count} days were signed, and nobody has looked at them: {days}."),
            count=len(review.added_late), days=", ".join(review.added_late[-NAMED:]),
        )  # fmt: skip
    if review.own_deeds:
        return NotMet(
            "own_deeds", _("{count} days were signed by somebody who did some of it."), count=review.own_deeds
        )
    if review.findings_left:
        return NotMet(
            "findings_left", _("{count} findings have waited over two weeks for what was done."),
            count=review.findings_left,
        )  # fmt: skip
    return None


def unproven(records: AdminRecords, review: AdminReview) -> Verdict:
    """Met, or what is missing to say so."""
    if not records.deeds:
        return Unknown(
            "none_seen", _("The log holds no administrator's deed, so nothing shows that they are recorded.")
        )
    if not review.signed or not review.days:
        return Unknown("none_signed", _("No day has been signed yet; the first falls due on the next business day."))
    return Met(
        "reviewed", _("{signed} of {days} days are signed and none is overdue; {deeds} records of administrators' deeds."),
        signed=review.signed, days=review.days, deeds=records.deeds,
    )  # fmt: skip
