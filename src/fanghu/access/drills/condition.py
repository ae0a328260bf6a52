"""The drill of the conditions of use (3.5a): the same session inside them, then outside by source, hours and function."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from fanghu.access.binding import bind
from fanghu.access.conditions import SYSTEM_ONE
from fanghu.access.rules import TAIPEI
from fanghu.access.wire import opens, word
from fanghu.access.words import REFUSALS
from fanghu.shell.rights import Role
from fanghu.signin.canary import INSIDE, attempt, canary_password, clean_up, doer, enter, is_inside, make, visitor
from fanghu.signin.tries import reaching
from fanghu.testimony import Drill, DrillResult, DrillRun, _

ELSEWHERE = "192.0.2.0/24"  # kept for documentation (RFC 5737): nobody comes from there


def narrowed(run: DrillRun) -> dict[str, tuple[str, dict[str, Any]]]:
    """For each kind the step and the condition that leaves this run's session outside."""
    day = (run.clock() + timedelta(days=3)).astimezone(TAIPEI).isoweekday()
    return {
        "source": (_("a request from a source that is not listed"), {"sources": [ELSEWHERE]}),
        "hours": (_("a request outside the hours of use"), {"hours": [f"{day} 00:00-24:00"]}),
        "function": (_("a request with a role the account may not use"), {"functions": [f"named: {Role.OFFICER}"]}),
    }


@reaching
def condition(run: DrillRun) -> DrillResult | None:
    """Each kind in turn: accepted inside, refused outside, and the session does not come back."""
    held = [_try(run, reason, step, value) for reason, (step, value) in narrowed(run).items()]
    return "passed" if all([*held, _sign_in_outside(run)]) else "failed"


def _bound(run: DrillRun, value: Mapping[str, Any]) -> None:
    bind(run.run_id, value, by=doer(run.run_id), now=run.clock())


def _wide(run: DrillRun) -> None:
    _bound(run, {"sources": [f"{run.source}/32"], "functions": [f"named: {Role.AUDITOR}"]})


def _try(run: DrillRun, reason: str, step: str, value: Mapping[str, Any]) -> bool:
    _wide(run)
    browser = enter(run, "condition", roles=(Role.AUDITOR,), factor=False)
    accepted = is_inside(browser)
    if not run.step(_("a request inside the conditions"), expected="accepted", seen=word(accepted), ok=accepted):
        return False
    _bound(run, value)
    answer = browser.get(INSIDE)
    refused = answer.status == 403 and REFUSALS[reason][0] in answer.text
    run.step(step, expected="refused", seen=word(not refused), ok=refused)
    _wide(run)
    back = opens(browser, INSIDE)
    run.step(_("the same session once it would be inside again"), expected="refused", seen=word(back), ok=not back)
    return refused and not back


def _sign_in_outside(run: DrillRun) -> bool:
    login_id = make(run, "condition", roles=(Role.AUDITOR,), factor=False)
    _bound(run, {"sources": [ELSEWHERE]})
    browser = visitor(run)
    answer = attempt(browser, login_id, canary_password(run.run_id))
    said = REFUSALS["source"][0] in answer.text
    _wide(run)
    inside = is_inside(browser)
    return run.step(
        _("a sign-in from a source that is not listed"),
        expected="refused", seen=word(inside or not said), ok=said and not inside,
    )  # fmt: skip


DRILLS = [
    Drill(
        name="condition",
        duty="3.5a",
        subject=SYSTEM_ONE,
        sets_out_to=_("A session is refused as soon as its source, the hours or its function leave the conditions."),
        every=timedelta(days=7),
        attack=condition,
        clean_up=clean_up,
    )
]
