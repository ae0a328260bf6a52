"""The drill of default passwords (6.3): signed in with one, nothing opens until it is changed."""

from __future__ import annotations

from datetime import timedelta

from django.urls import reverse

from fanghu.accounts.canaries import make_canary
from fanghu.accounts.passwords import temporary
from fanghu.shell.rights import Role
from fanghu.signin.canary import attempt, canary_password, clean_up, doer, send, visitor
from fanghu.signin.tries import FEW, accepted, all_open, does, is_at, none_opens, reaching, refused, told
from fanghu.testimony import Drill, DrillResult, DrillRun, Subject, _

CHANGE = "signin_password"


@reaching
def default_password(run: DrillRun) -> DrillResult | None:
    """The password somebody else gave leads to the change page and nowhere else; a new one opens the rest."""
    account, given = make_canary(
        run.run_id, "default", must_change=True, roles=(Role.REVIEWER,), by=doer(run.run_id), now=run.clock()
    )
    browser = visitor(run)
    page = attempt(browser, account.login_id, given)
    if not accepted(run, _("the default password leads to the change page"), is_at(page, CHANGE)):
        return "failed"
    steps = [none_opens(run, browser), refused(run, _("a form sent past the change page"), does(browser, page))]
    again = visitor(run)
    steps.append(
        accepted(run, _("a second sign-in leads to it too"), is_at(attempt(again, account.login_id, given), CHANGE))
    )
    fields = {"password": given, "again": given}
    same = send(again, reverse(CHANGE), fields)
    steps.append(refused(run, _("the same password as the new one"), not is_at(same, CHANGE)))
    steps.append(none_opens(run, again, FEW))
    fresh = _other_than(given, canary_password(run.run_id))
    changed = send(again, reverse(CHANGE), {"password": fresh, "again": fresh})
    steps.append(accepted(run, _("a new password"), not is_at(changed, CHANGE)))
    steps.append(all_open(run, again))
    steps.append(
        refused(
            run, _("the default password afterwards"), is_at(attempt(visitor(run), account.login_id, given), CHANGE)
        )
    )
    return told(steps)


def _other_than(given: str, proposed: str) -> str:
    return proposed if proposed != given else temporary()


DRILLS = [
    Drill(
        name="default-password",
        duty="6.3",
        subject=Subject.system("fanghu"),
        sets_out_to=_("Whoever signs in with a default password is refused everything until it is changed."),
        every=timedelta(days=7),
        attack=default_password,
        clean_up=clean_up,
    )
]
