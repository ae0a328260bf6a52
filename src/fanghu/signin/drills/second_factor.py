"""The drill of the second factor (6.2): an administrator's password alone gets nowhere, nor a wrong or used code."""

from __future__ import annotations

from datetime import timedelta

from django.urls import reverse

from fanghu.shell.rights import Role
from fanghu.signin.canary import attempt, canary_password, clean_up, code_of, make, visitor
from fanghu.signin.tries import FEW, accepted, all_open, does, is_at, none_opens, reaching, refused, told
from fanghu.testimony import Drill, DrillResult, DrillRun, Subject, _

SET_UP, SECOND = "signin_factor", "mfa_authenticate"


@reaching
def second_factor(run: DrillRun) -> DrillResult | None:
    """Without a second factor only the page to set one up opens; with one, only the right and unused code opens more."""
    return told([*_without(run), *_with(run)])


def _without(run: DrillRun) -> list[bool]:
    login_id = make(run, "bare", roles=(Role.ADMINISTRATOR,), factor=False)
    browser = visitor(run)
    page = attempt(browser, login_id, canary_password(run.run_id))
    return [
        accepted(run, _("an administrator without a second factor is led to set one up"), is_at(page, SET_UP)),
        none_opens(run, browser),
        refused(run, _("a form sent past the set-up page"), does(browser, page)),
        refused(
            run, _("a made-up code for the set-up"),
            not is_at(browser.submit(reverse(SET_UP), {"code": "000000"}), SET_UP),
        ),
        none_opens(run, browser, FEW),
    ]  # fmt: skip


def _with(run: DrillRun) -> list[bool]:
    login_id = make(run, "armed", roles=(Role.ADMINISTRATOR, Role.REVIEWER))
    password = canary_password(run.run_id)
    browser = visitor(run)
    page = attempt(browser, login_id, password)
    steps = [
        accepted(run, _("the right password leads to the second factor"), is_at(page, SECOND)),
        none_opens(run, browser),
        refused(run, _("a form sent past the second factor"), does(browser, page)),
    ]
    code = code_of(run)
    wrong = f"{(int(code) + 123_457) % 1_000_000:06d}"
    steps.append(
        refused(run, _("a wrong code"), not is_at(browser.submit(reverse(SECOND), {"code": wrong}), SECOND))
    )  # fmt: skip
    steps.append(none_opens(run, browser, FEW))
    entered = browser.submit(reverse(SECOND), {"code": code})
    steps.append(accepted(run, _("the right code"), not is_at(entered, SECOND)))
    steps.append(all_open(run, browser))
    other = visitor(run)
    attempt(other, login_id, password)
    steps.append(
        refused(run, _("the same code a second time"), not is_at(other.submit(reverse(SECOND), {"code": code}), SECOND))
    )
    steps.append(none_opens(run, other, FEW))
    return steps


DRILLS = [
    Drill(
        name="second-factor",
        duty="6.2",
        subject=Subject.system("fanghu"),
        sets_out_to=_("An administrator's password alone opens nothing, nor a wrong or used code beside it."),
        every=timedelta(days=7),
        attack=second_factor,
        clean_up=clean_up,
    )
]
