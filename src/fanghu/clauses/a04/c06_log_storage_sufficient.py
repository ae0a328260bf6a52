"""There is room for the log: for as long as records are kept, and some days beyond.

Met when what is free on the disk holds what the log will still grow, at the
rate measured, until it covers the approved retention and the days of headroom
beyond it. The answer says on how many days the rate rests. Without an approved
retention nobody knows how much is needed, so the answer is unknown.
"""

from datetime import datetime

from fanghu.auditlog.facts import LogStorage
from fanghu.regulation import Duty
from fanghu.testimony import Met, NotMet, Unknown, Verdict, _

facts = LogStorage
MB = 1_000_000


def judge(duty: Duty, facts: LogStorage, now: datetime) -> Verdict:
    """Judge one log's storage; ``headroom_days`` is the room that must be left beyond the retention."""
    if not facts.kept_days:
        return Unknown("no_retention", _("How long records are kept is not approved, so the need is not known."))
    if not facts.measured_days:
        return Unknown("no_growth", _("The growth of the log has not been measured yet."))
    if not facts.bytes_per_day:
        return Unknown("nothing_added", _("Nothing was added to the log in {basis} days, so the need is not known."),
                       basis=round(facts.measured_days, 1))  # fmt: skip
    days = facts.kept_days + duty.limits["headroom_days"].value
    need = max(0, facts.bytes_per_day * days - facts.held_bytes)
    if facts.free_bytes < need:
        return NotMet(
            "too_little", _("The log still needs {need} MB for {days} days; {free} MB are free."),
            need=round(need / MB), days=round(days), free=round(facts.free_bytes / MB),
        )  # fmt: skip
    return Met(
        "enough", _("The log still needs {need} MB for {days} days, and {free} MB are free; the growth rests on {basis} days."),
        need=round(need / MB), days=round(days), free=round(facts.free_bytes / MB), basis=round(facts.measured_days, 1),
    )  # fmt: skip
