"""The drill of recorded events (4.2): a canary's deeds over the wire, each followed to a sealed and proved record."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime, timedelta

from django.urls import reverse

from fanghu.access.conditions import SYSTEM_ONE
from fanghu.access.wire import word
from fanghu.accounts.reading import account_by_login
from fanghu.auditlog.tracing import Traced, traced
from fanghu.probes.visitor import hidden_fields
from fanghu.signin.canary import INSIDE, attempt, canary_password, clean_up, is_inside, make, visitor
from fanghu.signin.tries import reaching
from fanghu.testimony import Drill, DrillResult, DrillRun, _

WITHIN = 20.0
LOOKS = 40
DEEDS = {
    "signin.failed": _("a wrong password is in the log"),
    "signin.succeeded": _("a sign-in is in the log"),
    "access.refused": _("a refused page is in the log"),
    "session.ended": _("a sign-out is in the log"),
}
EXPECTED = "sealed, proved and complete within {limit} s"


def log_trail(run: DrillRun, *, pause: Callable[[float], object] = time.sleep) -> DrillResult | None:
    """Fail and succeed to sign in, ask for a page without the right, sign out; find each event in the log."""
    return reaching(lambda begun: _log_trail(begun, pause))(run)


def _log_trail(run: DrillRun, pause: Callable[[float], object]) -> DrillResult | None:
    since = run.clock() - timedelta(seconds=2)
    login_id = make(run, "trail", factor=False)
    account = account_by_login(login_id)
    password = canary_password(run.run_id)
    attempt(visitor(run), login_id, f"{password}-wrong")
    browser = visitor(run)
    attempt(browser, login_id, password)
    inside = is_inside(browser)
    if not run.step(_("the canary signs in"), expected="accepted", seen=word(inside), ok=inside):
        return "failed"
    browser.get(reverse("log"))
    token = hidden_fields(browser.get(INSIDE).text).get("csrfmiddlewaretoken", "")
    browser.post(reverse("account_logout"), {"csrfmiddlewaretoken": token})
    out = not is_inside(browser)
    if not run.step(_("the canary signs out"), expected="accepted", seen=word(out), ok=out):
        return "failed"
    found = _await(str(account.pk) if account else "", since, pause)
    held = [_told(run, name, found.get(kind)) for kind, name in DEEDS.items()]
    return "passed" if all(held) else "failed"


def _await(account: str, since: datetime, pause: Callable[[float], object]) -> dict[str, Traced]:
    """The events by kind, once all of them are sealed or the time is up."""
    found: dict[str, Traced] = {}
    for _try in range(LOOKS):
        found = {event.type: event for event in traced(account, since)}
        if found.keys() >= DEEDS.keys():
            break
        pause(WITHIN / LOOKS)
    return found


def _told(run: DrillRun, name: str, event: Traced | None) -> bool:
    """One step: the event was found, proved, complete, and in time."""
    limit = int(WITHIN)
    if event is None:
        return run.step(name, expected=EXPECTED, seen="not found", ok=False, limit=limit)
    if not event.proved:
        return run.step(name, expected=EXPECTED, seen="not proved", ok=False, limit=limit)
    if not event.complete:
        return run.step(name, expected=EXPECTED, seen="incomplete", ok=False, limit=limit)
    return run.step(
        name, expected=EXPECTED, seen="sealed as entry {entry} after {seconds} s", ok=event.under_way <= WITHIN,
        limit=limit, entry=event.index, seconds=str(round(event.under_way, 1)),
    )  # fmt: skip


DRILLS = [
    Drill(
        name="log-trail",
        duty="4.2",
        subject=SYSTEM_ONE,
        sets_out_to=_(
            "Four deeds of a canary (a wrong password, a sign-in, a refused page, a sign-out) each reach a sealed, "
            "provable and complete record of the log within twenty seconds."
        ),
        every=timedelta(days=1),
        attack=log_trail,
        clean_up=clean_up,
    )
]
