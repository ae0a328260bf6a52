"""The drill of stray sign-ins (6.1): a lent account opens by check-out only; a sign-in nobody explains raises an alarm."""

from __future__ import annotations

from datetime import timedelta

from fanghu.accounts import check_outs
from fanghu.accounts.canaries import make_canary
from fanghu.accounts.reading import strays_of
from fanghu.auditlog.reading import events
from fanghu.signin.canary import attempt, canary_password, clean_up, doer, is_inside, make, visitor
from fanghu.signin.tries import accepted, reaching, refused, told
from fanghu.testimony import Drill, DrillResult, DrillRun, Subject, _

TIME_TO_NOTICE = timedelta(seconds=90)
"""The keeper seals at once and looks every half minute."""


@reaching
def stray_sign_in(run: DrillRun) -> DrillResult | None:
    """Sign in with and without a check-out, and as an account nobody stands behind; then see what was noticed."""
    if "bait" in run.memory:
        return told(_noticed(run))
    steps = [*_lent(run), *_bait(run)]
    if not all(steps):
        return "failed"
    run.resume_at = run.clock() + TIME_TO_NOTICE
    return None


def _lent(run: DrillRun) -> list[bool]:
    by, password = doer(run.run_id), canary_password(run.run_id)
    account, _given = make_canary(run.run_id, "lent", password=password, lent=True, by=by, now=run.clock())
    browser = visitor(run)
    attempt(browser, account.login_id, password)
    steps = [refused(run, _("a lent account that nobody has checked out"), is_inside(browser))]
    granted = check_outs.ask_for(account.pk, 1, "drill", by=by, now=run.clock())
    if granted is None:
        return [*steps, accepted(run, _("the check-out is granted"), False)]
    given = check_outs.take(granted.pk, by=by, now=run.clock())
    attempt(browser, account.login_id, given)
    steps.append(accepted(run, _("the same account while checked out"), is_inside(browser)))
    check_outs.give_back(granted.pk, by=by, now=run.clock())
    steps.append(refused(run, _("its open session after the check-out"), is_inside(browser)))
    again = visitor(run)
    attempt(again, account.login_id, given)
    steps.append(refused(run, _("its password after the check-out"), is_inside(again)))
    run.memory["lent"] = str(account.pk)
    return steps


def _bait(run: DrillRun) -> list[bool]:
    password = canary_password(run.run_id)
    known = make(run, "known", factor=False)
    browser = visitor(run)
    attempt(browser, known, password)
    steps = [accepted(run, _("a canary made to sign in"), is_inside(browser))]
    bait, _given = make_canary(
        run.run_id, "bait", password=password, signs_in=False, by=doer(run.run_id), now=run.clock()
    )
    stray = visitor(run)
    attempt(stray, bait.login_id, password)
    steps.append(accepted(run, _("a canary that nobody stands behind"), is_inside(stray)))
    run.memory |= {"bait": str(bait.pk), "from": run.clock().isoformat()}
    return steps


def _noticed(run: DrillRun) -> list[bool]:
    found = strays_of(run.run_id)
    bait = run.memory["bait"]
    sealed = [
        event
        for _index, event in events("signin.stray")
        if event.run == run.run_id and event.object == f"account:{bait}"
    ]
    steps = [
        run.step(
            _("the sign-in nobody explains"), expected="an alarm",
            seen="an alarm" if bait in found else "no alarm", ok=bait in found,
        ),
        run.step(
            _("its alarm in the sealed log"), expected="{of} of {of} found", seen="{count} of {of} found",
            ok=len(sealed) == 1, of=1, count=len(sealed),
        ),
        run.step(
            _("the sign-ins that are explained"), expected="no alarm",
            seen="no alarm" if found <= {bait} else "an alarm", ok=found <= {bait},
        ),
    ]  # fmt: skip
    return steps


DRILLS = [
    Drill(
        name="stray-sign-in",
        duty="6.1",
        subject=Subject.system("fanghu"),
        sets_out_to=_("A lent account opens only while checked out, and a sign-in nobody explains raises an alarm."),
        every=timedelta(days=7),
        attack=stray_sign_in,
        clean_up=clean_up,
    )
]
