"""After three failed sign-ins an account accepts no further attempt for at least fifteen minutes.

Met when the third failure since the last success locks every account, known or
not, for the full time; no account is exempt; and on record no lock was shorter
and no attempt was let in while one stood. Waiting for failures to slide out of
a window does not count as a success.
"""

from datetime import datetime

from fanghu.regulation import Duty
from fanghu.signin.facts import Lockout
from fanghu.testimony import Met, NotMet, Verdict, _

facts = Lockout


def judge(duty: Duty, facts: Lockout, now: datetime) -> Verdict:
    """Judge one system's lock-out against ``max_failures`` and ``lock_minutes``."""
    allowed, minutes = duty.limits["max_failures"].value, duty.limits["lock_minutes"].value
    if facts.failures_allowed > allowed:
        return NotMet(
            "too_many", _("{set} failures are allowed before the lock; at most {limit} may be."),
            set=facts.failures_allowed, limit=allowed,
        )  # fmt: skip
    if facts.lock_minutes < minutes:
        return NotMet(
            "too_short", _("The lock lasts {set} minutes; at least {limit} are asked."),
            set=facts.lock_minutes, limit=minutes,
        )  # fmt: skip
    if not facts.counts_since_success:
        return NotMet("window", _("Failures are forgotten with time, so slow guessing is never locked out."))
    if facts.exempt:
        return NotMet("exempt", _("Not locked after failures: {accounts}."), accounts=", ".join(sorted(facts.exempt)))
    if facts.accepted_while_locked:
        return NotMet(
            "let_in", _("{count} attempts were let in while a lock stood."), count=facts.accepted_while_locked
        )
    if facts.shortest_lock is not None and facts.shortest_lock < minutes:
        return NotMet(
            "ended_early", _("A lock ended after {minutes} minutes; at least {limit} are asked."),
            minutes=round(facts.shortest_lock, 1), limit=minutes,
        )  # fmt: skip
    return Met(
        "locks", _("{set} failures since the last success lock the account for {minutes} minutes."),
        set=facts.failures_allowed, minutes=facts.lock_minutes,
    )  # fmt: skip
