"""The lock-out drill (6.5): wrong passwords on a canary, then the right one before and after the lock ends."""

from __future__ import annotations

from datetime import datetime, timedelta

from fanghu.accounts.limits import in_force
from fanghu.signin.canary import attempt, canary_password, clean_up, is_inside, make, visitor
from fanghu.signin.tries import reaching
from fanghu.testimony import Drill, DrillResult, DrillRun, Subject, _

SYSTEM_ONE = Subject.system("fanghu")
JUST_BEFORE, JUST_AFTER = timedelta(seconds=30), timedelta(seconds=3)


def _let_in(run: DrillRun, password: str) -> bool:
    """Try to sign in as the canary from a fresh browser; whether a page behind sign-in opens then."""
    browser = visitor(run)
    attempt(browser, run.memory["login_id"], password)
    return is_inside(browser)


@reaching
def lockout(run: DrillRun) -> DrillResult | None:
    """Three wrong passwords lock (6.5): the right one is refused at once and just before the end, accepted after it."""
    password = canary_password(run.run_id)
    stage = run.memory.get("stage", "first")
    if stage == "first":
        return _wrong_three_times(run, password)
    accepted = _let_in(run, password)
    if stage == "before":
        if accepted and run.clock() >= datetime.fromisoformat(run.memory["may_end"]):
            run.step(
                _("right password just before the lock ends"),
                expected="refused",
                seen=_("tried too late: the lock may have ended"),
                ok=False,
            )
            return "not_reached"
        if not run.step(
            _("right password just before the lock ends"),
            expected="refused",
            seen="accepted" if accepted else "refused",
            ok=not accepted,
        ):
            return "failed"
        run.memory["stage"] = "after"
        run.resume_at = datetime.fromisoformat(run.memory["ends_by"]) + JUST_AFTER
        return None
    held = run.step(
        _("right password after the lock ended"),
        expected="accepted",
        seen="accepted" if accepted else "refused",
        ok=accepted,
    )
    return "passed" if held else "failed"


def _wrong_three_times(run: DrillRun, password: str) -> DrillResult | None:
    limits = in_force("6.5")
    run.memory["login_id"] = make(run, "lockout", factor=False)
    before = run.clock()
    for number in range(1, int(limits["max_failures"].value) + 1):
        before = run.clock()
        accepted = _let_in(run, f"{password}-wrong-{number}")
        if not run.step(
            _("wrong password {number}"),
            expected="refused",
            seen="accepted" if accepted else "refused",
            ok=not accepted,
            number=number,
        ):
            return "failed"
    after = run.clock()
    accepted = _let_in(run, password)
    if not run.step(
        _("right password at once after the last failure"),
        expected="refused",
        seen="accepted" if accepted else "refused",
        ok=not accepted,
    ):
        return "failed"
    lock = timedelta(minutes=float(limits["lock_minutes"].value))
    run.memory |= {
        "stage": "before",
        "may_end": (before + lock).isoformat(),
        "ends_by": (after + lock).isoformat(),
    }
    run.resume_at = before + lock - JUST_BEFORE
    return None


DRILLS = [
    Drill(
        name="lockout",
        duty="6.5",
        subject=SYSTEM_ONE,
        sets_out_to=_("Three wrong passwords lock a canary account for the full time and no longer."),
        every=timedelta(days=7),
        attack=lockout,
        clean_up=clean_up,
    )
]
