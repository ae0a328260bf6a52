"""What the drills of use share: the session's key, and whether a page opens."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

from django.conf import settings

from fanghu.probes.visitor import Answer, Visitor


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
