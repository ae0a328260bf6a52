"""How pages name those whom records name: accounts of this console, the ways in, what was only claimed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.contrib.auth import get_user_model
from django.utils.translation import gettext as _

from fanghu.events.doer import claimed_by

ACCOUNT = "account:"


def accounts_of(texts: Iterable[str]) -> dict[str, Any]:
    """Accounts of this console by what records call them, those that stand no more as None; one query."""
    ids: dict[UUID, str] = {}
    for text in texts:
        if text.startswith(ACCOUNT):
            try:
                ids[UUID(text.removeprefix(ACCOUNT))] = text
            except ValueError:
                continue
    found = get_user_model().objects.in_bulk(list(ids)) if ids else {}
    return {text: found.get(pk) for pk, text in ids.items()}


def names_of(texts: Iterable[str]) -> dict[str, str]:
    """What to show for what records call them; who is not among these stands as the record has it."""
    texts = set(texts)
    told, gone = _("the command line, as %(account)s (claimed)"), _("the removed account %(id)s")
    names = {"keeper": _("the keeper"), "cli": _("the command line"), "console": _("the console")}
    names |= {text: told % {"account": account} for text in texts if (account := claimed_by(text))}
    for text, account in accounts_of(texts).items():
        shown = account and (account.display_name or account.login_id)
        names[text] = shown or gone % {"id": text.removeprefix(ACCOUNT)[:8]}
    return names
