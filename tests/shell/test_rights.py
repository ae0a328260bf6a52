"""Every page of the project, tried as each of the cast, against the one role x right table."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import product
from typing import Any
from uuid import UUID

import pytest
from django.conf import settings
from django.urls import URLPattern, URLResolver, get_resolver

from fanghu.shell.rights import Right, Role, rights_of
from tests.cast import ROLES

OPEN = {
    "account_login", "challenge", "without_script", "mfa_authenticate", "signin_password", "signin_factor", "enrol", "set_language",
}  # fmt: skip
"""Pages for people who have no session yet: each checks its own proof (a password, a stage, a link)."""


MADE_UP = ("nothing-7", "system:nothing", "6.5", "0" * 64, "0" * 32, "systems", "csv", str(UUID(int=7)), "7")


def patterns(found: Any) -> Iterator[tuple[str, URLPattern]]:
    """Every page by its name."""
    for entry in found:
        if isinstance(entry, URLResolver):
            yield from patterns(entry.url_patterns)
        else:
            yield entry.name or "", entry


def pages() -> list[tuple[str, URLPattern]]:
    return list(patterns(get_resolver().url_patterns))


def right_of(name: str, pattern: URLPattern) -> str | None:
    """The right that a page asks for: declared on it, or in the settings for a library's."""
    declared = getattr(pattern.callback, "fanghu_right", None)
    return str(declared) if declared is not None else settings.FANGHU_VIEW_RIGHTS.get(name)


def path_to(name: str) -> str:
    """An address of the page with made-up arguments."""
    shapes, regex, _defaults, _converters = get_resolver().reverse_dict.getlist(name)[0]
    template, parameters = shapes[0]
    for chosen in product(MADE_UP, repeat=len(parameters)):
        address = template % dict(zip(parameters, chosen, strict=True))
        if re.search(f"^{regex}", address):
            return f"/{address}"
    raise AssertionError(f"no made-up argument fits {template}")


def test_every_page_has_a_name_and_asks_for_a_right() -> None:
    known = {str(right) for right in Right}
    bare = [name or str(p.pattern) for name, p in pages() if not name or right_of(name, p) not in known]
    assert bare == [], "mark the view with @asks(Right.…)"


def test_only_these_pages_are_open_to_anyone() -> None:
    assert {name for name, p in pages() if right_of(name, p) == Right.PUBLIC} <= OPEN


@pytest.mark.parametrize("who", ["mallory", *ROLES])
def test_everybody_at_every_page(who: str, client_as: Callable[[str], Any]) -> None:
    """Who lacks the right gets 403 (or, without a session, the sign-in page), by GET and by POST; nothing else decides."""
    visitor = client_as(who)
    visitor.raise_request_exception = False
    held = {str(right) for right in rights_of([ROLES[who]])} | {"self", "public"} if who in ROLES else {"public"}
    wrong = []
    for name, pattern in pages():
        if name in {"account_logout", "session_end_others"} and who in ROLES:
            continue  # would end this very visit
        address, asked = path_to(name), right_of(name, pattern)
        for method in (visitor.get, visitor.post):
            answer = method(address)
            refused = (answer.status_code == 403 and b"FH-ACC-01" in answer.content) or (
                answer.status_code == 302 and answer.headers["Location"].startswith("/sign-in/?next=")
            )
            if answer.status_code >= 500:
                wrong.append((name, method.__name__, answer.status_code, "broken"))
            if asked not in held and not refused:
                wrong.append((name, method.__name__, answer.status_code, "let in"))
            if asked in held and refused:
                wrong.append((name, method.__name__, answer.status_code, "kept out"))
    assert wrong == []


@pytest.mark.parametrize(
    ("role", "never"),
    [
        (
            Role.AUDITOR,
            {Right.REGISTER_CHANGE, Right.APPROVAL_DECIDE, Right.ACCOUNT_MANAGE, Right.DRILL_RUN, Right.LOG_REVIEW},
        ),
        (Role.REVIEWER, {Right.REGISTER_CHANGE, Right.ACCOUNT_MANAGE, Right.EVIDENCE_ATTEST}),
        (Role.OFFICER, {Right.ACCOUNT_MANAGE}),
        (Role.OWNER, {Right.APPROVAL_DECIDE, Right.ACCOUNT_VIEW, Right.LOG_READ}),
        (Role.ADMINISTRATOR, {Right.LOG_READ_ALL, Right.LOG_REVIEW, Right.RELIEF_ASK}),
    ],
)
def test_what_a_role_never_has(role: Role, never: set[Right]) -> None:
    assert not rights_of([role]) & never


def test_an_unknown_role_gives_nothing() -> None:
    assert rights_of(["root"]) == frozenset()
