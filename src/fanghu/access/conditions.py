"""The condition of a system as it is enforced now: read from what the firm defined, or the default we ship."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from ipaddress import ip_network
from typing import TYPE_CHECKING, Any

from fanghu.access.models import RunCondition
from fanghu.access.rules import Condition, Window
from fanghu.approvals.approvable import hash_of
from fanghu.register.defining_fields import hours
from fanghu.register.definition import NO_LIMIT
from fanghu.register.definitions import newest, versions
from fanghu.testimony import Subject

if TYPE_CHECKING:
    from fanghu.register.models import DefinedValue

KEY = "condition"
SYSTEM_ONE = Subject.system("fanghu")
SHIPPED: dict[str, Any] = {
    "idle_minutes": 15,
    "longest_hours": 12,
    "hours": NO_LIMIT,
    "functions": NO_LIMIT,
    "sources": NO_LIMIT,
    "sessions": NO_LIMIT,
    "resources": NO_LIMIT,
}
"""What system one keeps to until the firm has defined its own."""


@dataclass(frozen=True, slots=True)
class InForce:
    """A condition with its version and when it was approved; version 0 is the shipped default, approved by nobody."""

    condition: Condition
    version: int = 0
    since: datetime | None = None


def read(value: Mapping[str, Any]) -> Condition:
    """Read a kept value; ValueError (CellFault for hours) when it does not say a condition."""
    idle, longest = _limit(value, "idle_minutes"), _limit(value, "longest_hours")
    sessions, functions = _limit(value, "sessions"), _limit(value, "functions")
    rules, sources, resources = _limit(value, "hours"), _limit(value, "sources"), _limit(value, "resources")
    return Condition(
        idle=None if idle is None else timedelta(minutes=float(idle)),
        longest=None if longest is None else timedelta(hours=float(longest)),
        hours=None if rules is None else tuple(_window(rule) for rule in rules),
        functions=None if functions is None else dict(_function(line) for line in functions),
        sources=None if sources is None else tuple(ip_network(line.strip()) for line in sources),
        sessions=None if sessions is None else int(sessions),
        resources=None if resources is None else tuple(resources),
    )


def _limit(value: Mapping[str, Any], name: str) -> Any:
    """The value of one kind, None for the explicit "no limit"; an absent one is neither (ValueError)."""
    given = value.get(name)
    if given in (None, "", []):
        raise ValueError(f"{name}: neither a value nor “no limit”")
    return None if given == NO_LIMIT else given


def _window(rule: str) -> Window:
    found = hours(rule)
    return Window(found.days, found.start, found.until)


def _function(line: str) -> tuple[str, frozenset[str]]:
    kind, colon, functions = line.replace("：", ":").partition(":")
    if not colon:
        raise ValueError(line)
    named = functions.replace("、", ",").split(",")
    return kind.strip(), frozenset(name.strip() for name in named if name.strip())


_kept: dict[Subject, tuple[str, InForce]] = {}


def in_force() -> InForce:
    """System one's condition: one cheap query, and the value itself only when a new version was approved.

    A value that is not what was approved, or cannot be read, is no condition: the shipped default holds.
    """
    mark = newest(KEY)
    kept = _kept.get(SYSTEM_ONE)
    if kept is None or kept[0] != mark:
        kept = _kept[SYSTEM_ONE] = (mark, _load())
    return kept[1]


def _load() -> InForce:
    found = next(iter(versions(KEY, SYSTEM_ONE)), None)
    if found is not None and as_approved(found):
        try:
            return InForce(read(found.value), found.version, found.approved_at)
        except (ValueError, TypeError, AttributeError):
            pass
    return InForce(read(SHIPPED))


def as_approved(row: DefinedValue) -> bool:
    """Whether a version holds what its approval was asked for, and not what somebody wrote over it."""
    asked = row.approval.payload.get("definitions", [])
    return row.approval.content_hash == hash_of(asked) and any(
        (each["key"], each["subject"], each["value"]) == (row.key, row.subject, row.value) for each in asked
    )


def binding(account: Any) -> Condition:
    """The condition that binds an account of system one.

    A drill's canary is bound by what its run was given; without that by the system's own idle time and longest use,
    so that drills work by night, whatever hours and sources the firm has set for its people.
    """
    condition = in_force().condition
    if not account.canary_run:
        return condition
    given = RunCondition.objects.filter(run=account.canary_run).first()
    if given is not None:
        return read({**SHIPPED, **given.value})
    return replace(condition, hours=None, functions=None, sources=None, sessions=None, resources=None)
