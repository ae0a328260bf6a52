"""The drill of the password rules (6.7a): weak, reused, changed twice in a day, too old: refused; a good one accepted.

What must be refused goes by the regulation's numbers, not by those the mechanism has set for itself.
"""

from __future__ import annotations

from datetime import timedelta

from django.urls import reverse

from fanghu.accounts.canaries import make_canary
from fanghu.accounts.passwords import denied, policy, temporary
from fanghu.accounts.rules import months_after
from fanghu.probes.visitor import Visitor
from fanghu.regulation import load
from fanghu.shell.rights import Role
from fanghu.signin.canary import attempt, canary_password, clean_up, doer, send, visitor
from fanghu.signin.tries import accepted, all_open, is_at, none_opens, reaching, refused, told
from fanghu.testimony import Drill, DrillResult, DrillRun, Subject, _

CHANGE, FORCED, DONE = "password_change", "signin_password", "my_account"


@reaching
def password_rules(run: DrillRun) -> DrillResult | None:
    """Every rule by itself, on the page where a holder changes the password; then one past its age."""
    return told([*_tried(run), *_too_old(run)])


def _tried(run: DrillRun) -> list[bool]:
    law, present = load().duties["6.7a"].limits, canary_password(run.run_id)
    past = [temporary() for _number in range(int(law["password_history"].value))]
    long_ago = run.clock() - timedelta(days=policy().min_age_days + 1)
    account, _given = make_canary(
        run.run_id, "rules", password=present, password_set_at=long_ago, past=past, by=doer(run.run_id), now=run.clock()
    )
    browser = visitor(run)
    attempt(browser, account.login_id, present)
    if not accepted(run, _("the canary signs in"), is_at(browser.get(reverse(DONE)), DONE)):
        return [False]
    steps = [
        refused(run, name, _changed(browser, present, weak))
        for name, weak in _weak(account.login_id, int(law["min_length"].value))
    ]
    for number, old in enumerate([present, *past]):
        steps.append(
            refused(run, _("password {number} generations old"), _changed(browser, present, old), number=number)
        )
    fresh, next_one = temporary(), temporary()
    steps.append(accepted(run, _("a strong password not used before"), _changed(browser, present, fresh)))
    steps.append(refused(run, _("a second change on the same day"), _changed(browser, fresh, next_one)))
    return steps


def _weak(login_id: str, length: int) -> list[tuple[str, str]]:
    """One weak password for each rule, strong in all else."""
    short = temporary()[: length - 1]
    known = next(word for word in sorted(denied()) if word.isalpha() and 8 <= len(word) <= 12)
    return [
        (_("a password one character too short"), short),
        (_("a password of one kind of character"), "".join(sorted("qxzvkjwymbnh" * 2))[: length + 4]),
        (_("a well-known password with a number after it"), f"{known.capitalize()}-{'20261122'[: max(4, length)]}"),
        (_("a password that holds the login id"), f"Zq7-{login_id}-Xk"),
    ]


def _changed(browser: Visitor, present: str, new: str) -> bool:
    """Whether the holder's change of password is carried out."""
    fields = {"present": present, "password": new, "again": new}
    return is_at(send(browser, reverse(CHANGE), fields), DONE)


def _too_old(run: DrillRun) -> list[bool]:
    """One day past its age a password opens nothing but the change."""
    old, set_at = canary_password(run.run_id), run.clock()
    months = int(load().duties["6.7a"].limits["password_max_age_months"].value)
    while months_after(set_at, months) >= run.clock():
        set_at -= timedelta(days=1)
    account, _given = make_canary(
        run.run_id, "old", password=old, password_set_at=set_at, roles=(Role.REVIEWER,),
        by=doer(run.run_id), now=run.clock(),
    )  # fmt: skip
    days = (run.clock() - set_at).days
    browser = visitor(run)
    held = is_at(attempt(browser, account.login_id, old), FORCED)
    steps = [accepted(run, _("a password {days} days old leads to the change page"), held, days=days)]
    steps.append(none_opens(run, browser))
    fresh = temporary()
    send(browser, reverse(FORCED), {"password": fresh, "again": fresh})
    return [*steps, all_open(run, browser)]


DRILLS = [
    Drill(
        name="password-rules",
        duty="6.7a",
        subject=Subject.system("fanghu"),
        sets_out_to=_("Weak, reused, twice changed and outdated passwords are refused; a good one is accepted."),
        every=timedelta(days=7),
        attack=password_rules,
        clean_up=clean_up,
    )
]
