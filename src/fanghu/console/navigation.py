"""The menu: sections, labels, URL names, and the right each page asks for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext_lazy as _

from fanghu.alarms.reading import waiting as alarms_waiting
from fanghu.approvals.reading import waiting_for
from fanghu.auditlog.reading import checkpoint_text
from fanghu.shell.rights import Right

SECTIONS = (
    (
        _("Overview"),
        ((_("Board"), "board", Right.BOARD_VIEW), (_("My work"), "my_work", Right.BOARD_VIEW)),
    ),
    (
        _("At work"),
        (
            (_("Register"), "register", Right.REGISTER_VIEW),
            (_("What the firm defines"), "definitions", Right.REGISTER_VIEW),
            (_("Accounts"), "accounts", Right.ACCOUNT_VIEW),
            (_("Conditions of use"), "conditions", Right.BOARD_VIEW),
            (_("Addresses and flows"), "endpoints", Right.REGISTER_VIEW),
            (_("Audit log"), "log", Right.LOG_READ),
            (_("Reviews of the log"), "reviews", Right.LOG_READ_ALL),
            (_("Sources of logs"), "sources", Right.BOARD_VIEW),
            (_("Keeping of logs"), "retention", Right.BOARD_VIEW),
            (_("Alarms"), "alarms", Right.BOARD_VIEW),
            (_("Drills"), "drills", Right.BOARD_VIEW),
        ),
    ),
    (
        _("Proof"),
        ((_("Clauses"), "clauses", Right.BOARD_VIEW), (_("Approvals"), "approvals", Right.BOARD_VIEW)),
    ),
    (_("Mine"), ((_("My account"), "my_account", Right.SELF),)),
)


@dataclass(frozen=True, slots=True)
class Item:
    """One line of the menu."""

    label: Any
    url: str
    here: bool
    count: int = 0


@dataclass(frozen=True, slots=True)
class Section:
    """One heading of the menu with its lines."""

    title: Any
    items: list[Item]


def menu(request: HttpRequest) -> list[Section]:
    """The sections that this account's rights leave something in."""
    if not getattr(request, "user", None) or not request.user.is_authenticated:
        return []
    sections = [Section(title, list(_items(request, lines))) for title, lines in SECTIONS]
    return [section for section in sections if section.items]


def _items(request: HttpRequest, lines: Any) -> Iterator[Item]:
    user: Any = request.user
    name_here = request.resolver_match.url_name if request.resolver_match else ""
    for label, name, right in lines:
        if right != Right.SELF and right not in user.rights:
            continue
        try:
            url = reverse(name)
        except NoReverseMatch:
            continue
        count = 0
        if name == "my_work" and Right.APPROVAL_DECIDE in user.rights:
            count = waiting_for(user).count()
        elif name == "alarms" and Right.ALARM_HANDLE in user.rights:
            count = alarms_waiting()
        yield Item(label, url, name == name_here, count)


def shown(request: HttpRequest) -> dict[str, Any]:
    """Context of every page: the menu this account may see, the log's size and root (both asked for only where shown).

    ``sample`` tells whether this is the sample firm's data.
    """
    return {
        "menu": SimpleLazyObject(lambda: menu(request)),
        "sealed": SimpleLazyObject(sealed),
        "sample": settings.FANGHU_SAMPLE,
    }


def sealed() -> str:
    """Size and root hash of the sealed log, for paper; "–" before its first checkpoint."""
    lines = checkpoint_text().splitlines()
    return f"{lines[1]} {lines[2]}" if len(lines) > 2 else "–"
