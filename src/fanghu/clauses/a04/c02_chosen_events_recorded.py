"""The firm has decided which events a system records, and the system really records them.

Met when a second person approved the catalogue of events, no chosen kind is
one that the system does not record, and the log shows records of chosen kinds.
Kinds that are recorded seldom need not have been seen where the system's own
list of kinds is known; where it is not, a kind never seen leaves it unknown.
The drill shows that an event travels from the deed to a sealed record.
"""

from datetime import datetime

from fanghu.auditlog.facts import EventCatalogue
from fanghu.regulation import Duty
from fanghu.testimony import Met, NotMet, Unknown, Verdict, _

facts = EventCatalogue
NAMED = 5


def judge(duty: Duty, facts: EventCatalogue, now: datetime) -> Verdict:
    """Judge one system's catalogue of events."""
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
