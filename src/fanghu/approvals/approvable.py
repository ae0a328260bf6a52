"""What an app must say about a deed that a second person approves, and how such deeds are found."""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from django.apps import apps
from django.utils.functional import Promise

from fanghu.approvals.models import Approval
from fanghu.events.doer import Doer
from fanghu.events.schema import Detail

Row = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Approvable:
    """One kind of approvable deed.

    ``rows(payload)`` gives what would change as (label, before, after). ``current_hash(approval)`` is the content hash
    as things stand now: when it is no longer ``approval.content_hash`` the request lapses. ``apply`` runs inside the
    deciding transaction, records no event of its own, and may return details for the one event of the decision.
    """

    kind: str
    label: str | Promise
    rows: Callable[[Mapping[str, Any]], list[Row]]
    current_hash: Callable[[Approval], str]
    apply: Callable[[Approval, Doer, datetime], Mapping[str, Detail] | None]
    refuse: Callable[[Approval, Doer, datetime], Mapping[str, Detail] | None] | None = None


def hash_of(content: Any) -> str:
    """SHA-256 (hex) of ``content`` as canonical JSON; dates and other plain values by their text."""
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode()).hexdigest()


@cache
def approvables() -> dict[str, Approvable]:
    """Every approvable kind of every installed app (``<app>/approvables.py: APPROVABLES``)."""
    found: dict[str, Approvable] = {}
    for app in apps.get_app_configs():
        name = f"{app.name}.approvables"
        if app.name.startswith("fanghu.") and importlib.util.find_spec(name) is not None:
            found.update(importlib.import_module(name).APPROVABLES)
    return found
