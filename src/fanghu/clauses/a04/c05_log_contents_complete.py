"""Each audit record states what happened, when, where, and who was concerned.

Met when every record read has its type and time, and every record that
concerns a user its place and identity; a second person has confirmed which
fields policy, law and business add, and records carry each of them. Lines kept
as they came, because nobody could read them, lack all four. An empty log shows
nothing.
"""

from datetime import datetime

from fanghu.auditlog.facts import LogFields
from fanghu.regulation import Duty
from fanghu.testimony import Met, NotMet, Unknown, Verdict, _

facts = LogFields


def judge(duty: Duty, facts: LogFields, now: datetime) -> Verdict:
    """Judge how complete one system's records are."""
    if not facts.records:
        return Unknown("no_records", _("No record has been read yet, so there is nothing to judge."))
    for code, template, count in (
        ("verbatim", _("{count} of {records} records could not be read."), facts.verbatim),
        ("no_type", _("{count} of {records} records do not say what happened."), facts.without_type),
        ("no_time", _("{count} of {records} records do not say when."), facts.without_time),
        ("no_place", _("{count} of {records} records do not say where."), facts.without_place),
        ("no_identity", _("{count} of {records} records do not say who."), facts.without_identity),
    ):
        if count:
            return NotMet(code, template, count=count, records=facts.records)
    if facts.confirmed_at is None or not facts.added_fields:
        return NotMet(
            "not_confirmed", _("No second person has confirmed which fields policy, law and business add.")
        )  # fmt: skip
    if facts.unrecorded_fields:
        return NotMet(
            "not_recorded", _("No record carries what was to be added: {fields}."),
            fields=", ".join(facts.unrecorded_fields),
        )  # fmt: skip
    return Met(
        "complete", _("All {records} records state type and time, and place and identity where a user is concerned; added: {fields}."),
        records=facts.records, fields=", ".join(facts.added_fields),
    )  # fmt: skip
