"""A default password is changed right after signing in, before anything else.

Met when the change is forced at sign-in and no account has gone on working
with a password somebody else set. Accounts that have not signed in yet may
still hold theirs. With no account at all there is nothing to judge.
"""

from datetime import datetime

from fanghu.accounts.facts import DefaultPasswords
from fanghu.regulation import Duty
from fanghu.testimony import Met, NotMet, Unknown, Verdict, _

facts = DefaultPasswords


def judge(duty: Duty, facts: DefaultPasswords, now: datetime) -> Verdict:
    """Judge one system's default passwords."""
    if not facts.change_enforced:
        return NotMet("not_forced", _("Signing in with a default password does not force a change."))
    if facts.used_otherwise:
        return NotMet("went_on", _("{count} accounts worked on with a default password."), count=facts.used_otherwise)
    if not facts.accounts:
        return Unknown("no_accounts", _("No account has a password yet, so there is nothing to judge."))
    if facts.with_default:
        return Met(
            "forced_waiting", _("The change is forced; {count} accounts have yet to sign in and change theirs."),
            count=facts.with_default,
        )  # fmt: skip
    return Met("forced", _("The change is forced at sign-in, and no default password is left."))
