"""What decides scope: the firm's class, which changes alter scope, and which of two values is the stricter; pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

ALWAYS_CORE = frozenset({"trading", "quotes", "risk_control", "settlement", "accounts"})
FLAGS = (
    "serves_outside",
    "internet_facing",
    "personal_data",
    "uses_passwords",
    "has_customer_accounts",
    "outsourced_development",
    "admin_over_internet",
    "remote_access",
)
SCOPE_FIELDS = ("kind", "is_core", "e_trading_channels", *FLAGS, "retired_on", "deleted")
CLASS_FIELDS = ("kind", "has_ciso", "tier", "class_evidence", "class_evidence_date")
FIRM_FLAGS = ("foreign_group", "internet_ordering", "transfers_abroad")
Change = dict[str, list[Any]]


def firm_class(kind: str | None, has_ciso: bool | None, tier: int | None) -> str | None:
    """``class_1``, ``class_2``, or None: no class (other kinds), or not known yet (clauses.md, article 2).

    ``tier`` is the graded-protection tier, 1 to 5, 0 when none was assigned, None when unknown.
    """
    if kind != "futures_firm":
        return None
    if has_ciso or tier in (1, 2, 3):
        return "class_1"
    return "class_2" if has_ciso is False and tier is not None else None


def class_rank(kind: str | None, has_ciso: bool | None, tier: int | None) -> int:
    """How much the class binds: 2 class 1 or not known, 1 class 2, 0 a kind without classes."""
    if kind is not None and kind != "futures_firm":
        return 0
    return 1 if firm_class(kind, has_ciso, tier) == "class_2" else 2


def firm_change(old: Mapping[str, Any], new: Mapping[str, Any]) -> tuple[Change, Change]:
    """Split a new description into what may hold at once (it keeps or tightens the scope) and what must wait.

    Unknown counts as the strictest: class 1, internet ordering, transfers abroad, and no foreign relief.
    """
    changed: Change = {key: [old.get(key), value] for key, value in new.items() if old.get(key) != value}
    waiting: Change = {}

    def rank(record: Mapping[str, Any]) -> int:
        return class_rank(record.get("kind"), record.get("has_ciso"), record.get("tier"))

    if rank({**old, **new}) < rank(old):
        waiting.update({key: changed[key] for key in CLASS_FIELDS if key in changed})
    for key, strict in (("foreign_group", False), ("internet_ordering", True), ("transfers_abroad", True)):
        if key in changed and changed[key][1] is (not strict):
            waiting[key] = changed[key]
    return {key: change for key, change in changed.items() if key not in waiting}, waiting


def effective(field: str, value: Any) -> Any:
    """``value`` as a duty's scope sees it, with unknown read as the strictest."""
    if field in FLAGS:
        return value is not False
    if field == "e_trading_channels":
        return value is None or bool(value)
    return bool(value) if field in ("retired_on", "deleted") else value


def stricter(field: str, one: Any, other: Any) -> Any:
    """The one of two values under which more is asked; ``one`` where they weigh the same."""
    if effective(field, one) == effective(field, other):
        return one
    if field in FLAGS or field in ("is_core", "e_trading_channels"):
        return one if effective(field, one) else other
    if field in ("retired_on", "deleted"):
        return other if effective(field, one) else one
    return other if field == "kind" and other in ALWAYS_CORE and one not in ALWAYS_CORE else one


def system_change(old: Mapping[str, Any], new: Mapping[str, Any]) -> tuple[Change, Change]:
    """Split new values of a registered system into (what may hold at once, what alters scope and must wait)."""
    now: Change = {}
    waiting: Change = {}
    for field, value in new.items():
        if old.get(field) == value:
            continue
        alters = field in SCOPE_FIELDS and effective(field, old.get(field)) != effective(field, value)
        (waiting if alters else now)[field] = [old.get(field), value]
    if "is_core" in waiting and "not_core_reason" in now:
        waiting["not_core_reason"] = now.pop("not_core_reason")
    return now, waiting


def as_judged(record: Mapping[str, Any], waiting: list[Change]) -> dict[str, Any]:
    """``record`` with, for each field that some request would change, the stricter of what is and what is asked."""
    judged = dict(record)
    for change in waiting:
        for field, (_old, new) in change.items():
            if field in SCOPE_FIELDS:
                judged[field] = stricter(field, judged.get(field), new)
    if judged.get("kind") in ALWAYS_CORE:
        judged["is_core"] = True
    return judged


def retirement_ok(retired_on: date | None, today: date) -> bool:
    """A system is retired from today or an earlier day, never from one to come."""
    return retired_on is None or retired_on <= today
