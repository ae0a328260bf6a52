"""Every account is one person's, or lent to one person at a time; a person stands behind every sign-in.

Met when each account that may sign in has one holder, one that is nobody's own
opens only while a person has it checked out, and every sign-in in the system's
own log is matched to a holder or a check-out. A sign-in that neither explains
breaks the duty until a person settles it with a reason. So does a canary account
outside an open drill. With no account, or a log nobody reads, nothing is known.
"""

from datetime import datetime, timedelta

from fanghu.accounts.facts import Identities
from fanghu.regulation import Duty
from fanghu.testimony import Met, NotMet, Unknown, Verdict, _

facts = Identities
READ_WITHIN = timedelta(hours=1)


def judge(duty: Duty, facts: Identities, now: datetime) -> Verdict:
    """Judge one system's identities and sign-ins."""
    if facts.same_id:
        return NotMet("same_id", _("{count} login ids differ from another only in spelling."), count=facts.same_id)
    if facts.without_holder:
        return NotMet(
            "no_holder", _("{count} accounts may sign in and have no holder at work."), count=facts.without_holder
        )
    if facts.shared:
        return NotMet(
            "shared", _("{count} accounts are nobody's own and open without a check-out."), count=facts.shared
        )
    if facts.overdue:
        return NotMet("overdue", _("{count} check-outs go on past their end."), count=facts.overdue)
    if facts.loose_canaries:
        return NotMet(
            "loose_canaries", _("{count} canary accounts belong to no drill under way."), count=facts.loose_canaries
        )
    if facts.strays:
        return NotMet(
            "strays", _("No holder and no check-out explains {count} sign-ins; a person must settle them."),
            count=facts.strays,
        )  # fmt: skip
    if facts.unopened_sessions:
        return NotMet(
            "unopened", _("{count} sessions were opened by no sign-in in the log."), count=facts.unopened_sessions
        )
    if not facts.accounts:
        return Unknown("no_accounts", _("No account may sign in yet, so there is nothing to judge."))
    if facts.log_read_at is None:
        return Unknown("log_unread", _("The sign-ins in the log have not been read yet."))
    if facts.log_read_at + READ_WITHIN < now:
        return Unknown(
            "log_read_long_ago", _("The sign-ins in the log were last read {read_at}; newer ones are not matched."),
            read_at=facts.log_read_at,
        )  # fmt: skip
    if facts.unmatched:
        return Unknown("unmatched", _("{count} sign-ins in the log are not matched."), count=facts.unmatched)
    return Met(
        "matched", _("Each of {count} accounts has one holder or check-out, and a person stands behind every sign-in."),
        count=facts.accounts,
    )  # fmt: skip
