"""What the drills of sign-in share: which pages open, how a try is told, and silence that proves nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import wraps
from urllib.parse import urlsplit

from django.urls import reverse

from fanghu.probes.visitor import Answer, Unreachable, Visitor, hidden_fields
from fanghu.testimony import DrillResult, DrillRun, _

Attack = Callable[[DrillRun], DrillResult | None]
PAGES = ("my_account", "password_change", "board", "my_work", "register", "approvals", "accounts", "strays", "log")
"""Pages that a reviewer opens, for trying that none opens before its time."""
FEW = ("my_account", "board", "log")
"""Some of them, for trying the same again a step later."""
DEED = "session_end_others"
"""A POST that any session may send and that harms nothing."""


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


def is_at(answer: Answer, name: str) -> bool:
    """Whether ``answer`` is the page of that name itself."""
    return answer.status == 200 and urlsplit(answer.url).path == reverse(name)


def opened(browser: Visitor, names: Iterable[str] = PAGES) -> int:
    """How many of these pages open."""
    return sum(is_at(browser.get(reverse(name)), name) for name in names)


def does(browser: Visitor, page: Answer) -> bool:
    """Whether a POST is carried out, with the token that ``page`` gives this browser."""
    token = hidden_fields(page.text).get("csrfmiddlewaretoken", "")
    return is_at(browser.post(reverse(DEED), {"csrfmiddlewaretoken": token}), "my_account")


def refused(run: DrillRun, name: str, accepted: bool, **params: str | int) -> bool:
    """A step that must be refused."""
    seen = "accepted" if accepted else "refused"
    return run.step(name, expected="refused", seen=seen, ok=not accepted, **params)


def accepted(run: DrillRun, name: str, accepted: bool, **params: str | int) -> bool:
    """A step that must be accepted, so that the refusals beside it say something."""
    seen = "accepted" if accepted else "refused"
    return run.step(name, expected="accepted", seen=seen, ok=accepted, **params)


def none_opens(run: DrillRun, browser: Visitor, names: Sequence[str] = PAGES) -> bool:
    """A step: not one of the pages opens."""
    count = opened(browser, names)
    return run.step(
        _("every other page"), expected="{of} of {of} refused", seen="{shut} of {of} refused", ok=count == 0,
        of=len(names), shut=len(names) - count,
    )  # fmt: skip


def all_open(run: DrillRun, browser: Visitor) -> bool:
    """A step: each of the pages opens."""
    count = opened(browser)
    return run.step(
        _("the same pages afterwards"), expected="{of} of {of} opened", seen="{count} of {of} opened",
        ok=count == len(PAGES), of=len(PAGES), count=count,
    )  # fmt: skip


def told(steps: Iterable[bool]) -> DrillResult:
    """Passed when every step held."""
    return "passed" if all(steps) else "failed"
