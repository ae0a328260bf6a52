"""The error drill (7.6): every kind of failure provoked, inside and outside a session, and what its page gives away."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from django.conf import settings
from django.urls import reverse

from fanghu.endpoints.provoked import SECRET
from fanghu.endpoints.wire import SYSTEM_ONE, target_of
from fanghu.probes.error_pages import LONGEST, ErrorSeen, read
from fanghu.probes.provocation import RAW, asked_wrongly, spoken_wrongly
from fanghu.probes.visitor import Answer, Visitor
from fanghu.signin.canary import LOGIN, clean_up, enter, is_inside, visitor
from fanghu.signin.tries import reaching
from fanghu.testimony import Drill, DrillResult, DrillRun, _

BARE = {kind for kind, _request in RAW}
"""What no browser sends: a bare refusal will do, as long as it gives nothing away."""


@reaching
def error_pages(run: DrillRun) -> DrillResult | None:
    """Each failure shows one short sentence and a code, and nothing of itself."""
    held = [_judged(run, error) for error in asked_wrongly(visitor(run), LOGIN)]
    if run.base_url.startswith("https:"):
        authority = settings.HOME / "tls" / "authority.pem"
        held += [_judged(run, error) for error in spoken_wrongly(target_of(run), authority)]
    browser = enter(run, "error-pages")
    inside = is_inside(browser)
    held.append(
        run.step(_("sign in"), expected="accepted", seen="accepted" if inside else "refused", ok=inside)
    )  # fmt: skip
    if inside:
        held += [_judged(run, error) for error in _from_inside(browser)]
    return "passed" if all(held) else "failed"


def _from_inside(browser: Visitor) -> Iterator[ErrorSeen]:
    """What only somebody with a session can provoke, real failures of program and database among it."""
    yield _read("failure of the program", browser.get(reverse("provoked_program")), 500)
    yield _read("failure of the database", browser.get(reverse("provoked_database")), 500)
    yield _read("wrong way to ask", browser.get(reverse("session_end_others")), 405)
    yield _read("no right to a page", browser.get(reverse("board")), 403)


def _read(kind: str, answer: Answer, wanted: int) -> ErrorSeen:
    """The answer as judged; one with another status than was to be provoked counts as not provoked (status 0)."""
    status = answer.status if answer.status == wanted else 0
    return read(kind, status, answer.text, answer.headers, (SECRET, "provoked.py"))


def _judged(run: DrillRun, error: ErrorSeen) -> bool:
    """One step: refused, short, with a code, without detail."""
    if error.leaks:
        seen, ok = "gives detail away: {leaks}", False
    elif error.kind in BARE:
        seen, ok = "nothing given away", True
    elif error.status < 400:
        seen, ok = "not provoked", False
    elif not error.code:
        seen, ok = "no code", False
    elif error.length > LONGEST:
        seen, ok = "not short", False
    else:
        seen, ok = "short, with the code {code}", True
    expected = "nothing given away" if error.kind in BARE else "short, with a code"
    return run.step(error.kind, expected=expected, seen=seen, ok=ok, code=error.code, leaks=", ".join(error.leaks))


DRILLS = [
    Drill(
        name="error-pages",
        duty="7.6",
        subject=SYSTEM_ONE,
        sets_out_to=_("Whatever fails, users see one short sentence and a code, and nothing of the failure itself."),
        every=timedelta(days=7),
        attack=error_pages,
        clean_up=clean_up,
    )
]
