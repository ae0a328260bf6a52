"""Asking a second person for changes of scope: what such a request holds and what its hash is over."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from fanghu.approvals.actions import ask
from fanghu.approvals.approvable import hash_of
from fanghu.approvals.models import Approval
from fanghu.approvals.reading import pending
from fanghu.events.doer import Doer
from fanghu.register.collectors import FIRM_KIND, SYSTEMS_KIND, waiting_changes
from fanghu.register.problems import fault
from fanghu.register.records import plain_change
from fanghu.register.rules import Change

MISSING = "(not in the register)"


def ask_for_systems(
    changes: Mapping[str, Change], title: str, reason: str, file_hash: str, *, by: Doer, now: datetime
) -> Approval:
    """Ask for the changes of scope of one or many systems; Fault FH-REG-54, 56."""
    if not reason.strip():
        raise fault("FH-REG-54")
    waiting = waiting_changes()
    if all(_already(change, waiting.get(slug, [])) for slug, change in changes.items()):
        raise fault("FH-REG-56")
    plain = {slug: plain_change(change) for slug, change in changes.items()}
    subject = f"system:{next(iter(plain))}" if len(plain) == 1 else f"systems:{len(plain)}"
    payload = {"changes": plain, "file": file_hash}
    return ask(SYSTEMS_KIND, subject, title, payload, content_of(plain), reason.strip(), by=by, now=now)


def ask_for_firm(change: Change, title: str, reason: str, *, by: Doer, now: datetime) -> Approval:
    """Ask for what loosens the firm's scope; Fault FH-REG-54, 56."""
    if not reason.strip():
        raise fault("FH-REG-54")
    plain = plain_change(change)
    asked = [payload["changes"]["firm"] for payload in pending(FIRM_KIND).values_list("payload", flat=True)]
    if _already(plain, asked):
        raise fault("FH-REG-56")
    payload = {"changes": {"firm": plain}}
    return ask(FIRM_KIND, "firm", title, payload, content_of(payload["changes"]), reason.strip(), by=by, now=now)


def content_of(changes: Mapping[str, Change], current: Mapping[str, Mapping[str, Any]] | None = None) -> str:
    """The hash over every [before, after]; with ``current`` records, over [what is now, after] instead."""
    if current is not None:
        changes = {
            key: {
                name: [plain_change({name: [current[key].get(name)]})[name][0] if key in current else MISSING, pair[1]]
                for name, pair in change.items()
            }
            for key, change in changes.items()
        }
    return hash_of(changes)


def _already(change: Change, asked: list[Change]) -> bool:
    return all(any(other.get(name) == pair for other in asked) for name, pair in change.items())
