"""Facts as kept with a verdict, turned into a definition list; pure but for the language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from fanghu.console.fact_words import FACTS, GROUPS

MOST = 20


@dataclass(frozen=True, slots=True)
class Shown:
    """A fact's name and its value in words; ``group`` heads the facts of one mechanism."""

    name: str
    value: str
    group: str = ""


def shown_facts(facts: Mapping[str, Any]) -> list[Shown]:
    """One line for each fact; several kinds of facts are headed by their names."""
    found: list[Shown] = []
    for name, value in facts.items():
        if name[:1].isupper() and isinstance(value, Mapping):
            inner = [Shown(_name(key), worded(each)) for key, each in value.items()]
            head = str(GROUPS.get(name, name))
            found += [Shown(each.name, each.value, head if at == 0 else "") for at, each in enumerate(inner)]
        else:
            found.append(Shown(_name(name), worded(value)))
    return found


def worded(value: Any) -> str:
    """A value as people read it: yes and no, Taipei times, the first twenty of a list."""
    if value is None or value == "":
        return "–"
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, str):
        return _time(value) or value
    if isinstance(value, Mapping):
        value = [f"{key} {worded(each)}" for key, each in value.items()]
    if isinstance(value, list | tuple):
        if not value:
            return _("none")
        parts = [
            " ".join(worded(part) for part in each) if isinstance(each, list) else worded(each) for each in value[:MOST]
        ]
        more = len(value) - MOST
        return ", ".join(parts) + (_(" … and %(more)d more") % {"more": more} if more > 0 else "")
    return str(value)


def _name(field: str) -> str:
    return str(FACTS.get(field, field.replace("_", " ")))


def _time(text: str) -> str | None:
    if len(text) < 19 or text[10:11] not in "T ":
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return f"{localtime(at if at.tzinfo else at.replace(tzinfo=UTC)):%Y-%m-%d %H:%M}"
