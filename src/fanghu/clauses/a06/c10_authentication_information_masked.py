"""What is shown or returned while somebody authenticates is masked.

Met when password fields hide what is typed and never send it back; answers to
attempts leave at a fixed time after they arrived; and a login id that nobody
has is locked exactly as one that exists. The drill compares wording, form and
time of the answers for known, unknown and locked ids.
"""

from datetime import datetime

from fanghu.regulation import Duty
from fanghu.signin.facts import MaskedSignIn
from fanghu.testimony import Met, NotMet, Verdict, _

facts = MaskedSignIn


def judge(duty: Duty, facts: MaskedSignIn, now: datetime) -> Verdict:
    """Judge one system's masking."""
    if facts.shown_fields:
        return NotMet(
            "shown", _("What is typed as a password can be seen: {names}."), names=", ".join(sorted(facts.shown_fields))
        )
    if facts.deadline_ms < 1:
        return NotMet(
            "time_tells", _("Answers leave as soon as they are ready, so their time tells known ids from unknown.")
        )
    if facts.unlike_locks:
        return NotMet(
            "lock_tells", _("{count} login ids failed often enough and are not locked, so a lock tells who exists."),
            count=facts.unlike_locks,
        )  # fmt: skip
    return Met(
        "masked",
        _("Passwords are hidden, and every answer leaves {ms} ms after its attempt arrived."),
        ms=facts.deadline_ms,
    )
