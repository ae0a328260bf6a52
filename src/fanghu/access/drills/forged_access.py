"""The drill of verification on the server (3.10): no session, forged ones, claimed identities, functions beyond one's right."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from datetime import timedelta

from django.urls import NoReverseMatch, reverse

from fanghu.access.conditions import SYSTEM_ONE
from fanghu.access.wire import holding, opens, session_key, word
from fanghu.probes.visitor import Answer, Visitor, hidden_fields
from fanghu.shell.rights import Right, Role
from fanghu.shell.routes import routes
from fanghu.signin.canary import INSIDE, clean_up, enter, is_inside, make, visitor
from fanghu.signin.tries import reaching
from fanghu.testimony import Drill, DrillResult, DrillRun, _

NO_RIGHT = "FH-ACC-01"
IDENTITY_HEADERS = (
    "Remote-User", "X-Remote-User", "X-Forwarded-User", "X-Auth-User", "X-Auth-Request-User", "X-Authenticated-User",
    "X-User", "X-Forwarded-Email", "X-Webauth-User", "REMOTE_USER",
)  # fmt: skip


@reaching
def forged_access(run: DrillRun) -> DrillResult | None:
    """Every attempt is refused, while the genuine session is let in."""
    browser = enter(run, "low", factor=False)
    key, genuine = session_key(browser), is_inside(browser)
    if not run.step(_("the genuine session"), expected="accepted", seen=word(genuine), ok=genuine):
        return "failed"
    officer = make(run, "high", roles=(Role.OFFICER,), factor=False)
    high = list(beyond_self())
    held = [
        _none(run, _("pages asked for without a session"), (opens(visitor(run), path) for path in high)),
        _none(run, _("forged and altered session cookies"), _forged(run, key)),
        _none(run, _("identities claimed in headers, cookies and the address"), _claimed(run, officer)),
        _none(
            run, _("functions beyond the session's right, by GET"), (not _refused(browser.get(path)) for path in high)
        ),
    ]
    if not all(held):
        return "failed"  # through an open gate a POST would do things that nobody could clean up
    held.append(_none(run, _("functions beyond the session's right, by POST"), _posted(browser, high)))
    still = is_inside(browser)
    held.append(run.step(_("the genuine session afterwards"), expected="accepted", seen=word(still), ok=still))
    return "passed" if all(held) else "failed"


def beyond_self() -> Iterator[str]:
    """Every address without arguments that asks for a right no canary of low right holds."""
    for route in routes():
        if route.right and route.right not in {Right.PUBLIC, Right.SELF}:
            try:
                yield reverse(route.name)
            except NoReverseMatch:
                continue


def _none(run: DrillRun, name: str, let_in: Iterable[bool]) -> bool:
    """One step over many attempts, none of which may be let in; no attempt at all proves nothing."""
    found = list(let_in)
    refused = found.count(False)
    return run.step(
        name, expected="{tried} of {tried} refused", seen="{refused} of {tried} refused",
        ok=bool(found) and refused == len(found), tried=len(found), refused=refused,
    )  # fmt: skip


def _forged(run: DrillRun, key: str) -> Iterator[bool]:
    """Cookies that are not the genuine one: made up, altered, the kept hash, one of the run's own making."""
    made_up = hashlib.sha256(run.run_id.encode()).hexdigest()[:32]
    altered = key[:-1] + ("a" if key[-1] != "a" else "b")
    kept = hashlib.sha256(key.encode()).hexdigest()[:40]
    for forged in (made_up, altered, kept, key.upper(), "", f"{key}x", "admin", '{"_auth_user_id": "1"}'):
        yield opens(visitor(run), INSIDE, holding(forged))


def _claimed(run: DrillRun, login_id: str) -> Iterator[bool]:
    """An officer's login id wherever a careless server might believe it."""
    for header in IDENTITY_HEADERS:
        yield opens(visitor(run), INSIDE, {header: login_id})
    yield opens(visitor(run), INSIDE, {"Cookie": f"user={login_id}; role={Role.OFFICER}; authenticated=1"})
    answer = visitor(run).get(f"{INSIDE}?user={login_id}&role={Role.OFFICER}")
    yield answer.status == 200 and answer.url.partition("?")[0].endswith(INSIDE)


def _posted(browser: Visitor, paths: Iterable[str]) -> Iterator[bool]:
    """POST with the session's own valid form token, so that the right alone can refuse it; the first let in is the last."""
    token = hidden_fields(browser.get(INSIDE).text).get("csrfmiddlewaretoken", "")
    for path in paths:
        refused = _refused(browser.post(path, {"csrfmiddlewaretoken": token, "role": str(Role.OFFICER)}))
        yield not refused
        if not refused:
            return


def _refused(answer: Answer) -> bool:
    return answer.status == 403 and NO_RIGHT in answer.text


DRILLS = [
    Drill(
        name="forged-access",
        duty="3.10",
        subject=SYSTEM_ONE,
        sets_out_to=_(
            "Without a session, with a forged one, under a claimed identity or beyond its right, nobody gets in."
        ),
        every=timedelta(days=7),
        attack=forged_access,
        clean_up=clean_up,
    )
]
