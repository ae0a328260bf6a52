"""The firm has decided which events a system records, and the system really records them.

Met when a second person approved the catalogue of events, no chosen kind is
one that the system does not record, and the log shows records of chosen kinds.
Kinds that are recorded seldom need not have been seen where the system's own
list of kinds is known; where it is not, a kind never seen leaves it unknown.
Where sources send their logs in, a canary must have come through by each way
that is open to them within three hours; one that is not found breaks the duty.
The drills show that an event travels from the deed, and a record by each open
way, to a sealed record that a search finds.
"""

from datetime import datetime, timedelta

from fanghu.auditlog.facts import EventCatalogue
from fanghu.intake.facts import LogWays
from fanghu.regulation import Duty
from fanghu.testimony import Met, NotMet, Unknown, Verdict, _

facts = (EventCatalogue, LogWays)
NAMED = 5
TRACED_WITHIN = timedelta(hours=3)


def judge(duty: Duty, facts: tuple[EventCatalogue, LogWays], now: datetime) -> Verdict:
    """Judge one system's catalogue of events, and the ways by which its events come in."""
    events, ways = facts
    if ways.lost_ways:
        return NotMet(
            "way_lost", _("Canaries that did not reach the log ({count}), sent by: {ways}."),
            count=len(ways.lost_ways), ways=", ".join(ways.lost_ways),
        )  # fmt: skip
    verdict = _recorded(events)
    if not isinstance(verdict, Met) or not ways.ways_in:
        return verdict
    if ways.traced_at is None:
        return Unknown(
            "not_traced", _("No canary has come yet by each of the open ways: {ways}."), ways=", ".join(ways.ways_in)
        )
    if now - ways.traced_at > TRACED_WITHIN:
        return Unknown("traced_long_ago", _("By one of the open ways the last canary came at {at}."), at=ways.traced_at)
    return verdict


def _recorded(facts: EventCatalogue) -> Verdict:
    """What was chosen, and what of it is recorded."""
    if facts.approved_at is None or not facts.chosen:
        return NotMet("undefined", _("The firm has not decided which events this system must record."))
    if facts.unrecordable:
        return NotMet(
            "not_recorded", _("{count} chosen kinds of events are not recorded: {kinds}."),
            count=len(facts.unrecordable), kinds=", ".join(facts.unrecordable[:NAMED]),
        )  # fmt: skip
    if facts.unproven:
        return Unknown(
            "never_seen", _("{count} chosen kinds of events were never seen in the log: {kinds}."),
            count=len(facts.unproven), kinds=", ".join(facts.unproven[:NAMED]),
        )  # fmt: skip
    if not facts.seen:
        return Unknown("none_seen", _("No record of a chosen kind has been read yet."))
    return Met(
        "recorded", _("{chosen} kinds of events were approved on {approved}; {seen} of them are in the log already."),
        chosen=len(facts.chosen), approved=facts.approved_at, seen=facts.seen,
    )  # fmt: skip
