"""What the drills of use share: the session's key, whether a page opens, and silence that proves nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from urllib.parse import urlsplit

from django.conf import settings

from fanghu.probes.visitor import Answer, Unreachable, Visitor
from fanghu.testimony import DrillResult, DrillRun, _

Attack = Callable[[DrillRun], DrillResult | None]


def reaching(attack: Attack) -> Attack:
    """``attack``, where nobody answering is ``not_reached``."""

    @wraps(attack)
    def guarded(run: DrillRun) -> DrillResult | None:
        try:
            return attack(run)
        except Unreachable as silent:
            run.step(_("reach the system"), expected="an answer", seen=str(silent), ok=False)
            return "not_reached"

    return guarded


def session_key(browser: Visitor) -> str:
    """The session cookie's value that a browser holds ("" where none)."""
    return next((str(held.value) for held in browser.cookies if held.name == settings.SESSION_COOKIE_NAME), "")


def holding(key: str) -> dict[str, str]:
    """The header that sends ``key`` as the session cookie, and no other."""
    return {"Cookie": f"{settings.SESSION_COOKIE_NAME}={key}"}


def opened(answer: Answer, path: str) -> bool:
    """Whether ``answer`` is the page at ``path`` itself, not the sign-in page or a refusal."""
    return answer.status == 200 and urlsplit(answer.url).path == path


def opens(browser: Visitor, path: str, headers: Mapping[str, str] | None = None) -> bool:
    """Whether the page at ``path`` opens."""
    return opened(browser.get(path, headers), path)


def word(accepted: bool) -> str:
    """What was seen, as drills say it."""
    return "accepted" if accepted else "refused"
