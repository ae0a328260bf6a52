"""Values of definitions: read from what was typed, written as people read them; pure but for the language."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext, gettext_lazy
from django.utils.translation import gettext_lazy as _

from fanghu.register.cells import plain_text
from fanghu.register.definition import NO_LIMIT, Definition, Field, Words
from fanghu.register.problems import CellFault

LONGEST = 500
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAYS_ZH = "一二三四五六日"
DAY_WORDS = (_("Mon"), _("Tue"), _("Wed"), _("Thu"), _("Fri"), _("Sat"), _("Sun"))
_HOURS = re.compile(r"(\S+?)(?:\s*[-–~至]\s*(\S+?))?\s+([0-2]?\d):([0-5]\d)\s*[-–~至]\s*([0-2]?\d):([0-5]\d)")


@dataclass(frozen=True, slots=True)
class Hours:
    """One rule of hours in Taipei time: weekdays (1 Monday … 7 Sunday), first minute, minute past the last.

    ``until`` not after ``start`` means past midnight, into the day after.
    """

    days: frozenset[int]
    start: int
    until: int


def hours(rule: str) -> Hours:
    """Read a kept rule such as ``1-5 07:00-19:00``; CellFault FH-REG-63 otherwise."""
    found = _HOURS.fullmatch(rule.strip())
    if found is None:
        raise CellFault("FH-REG-63", value=rule)
    first = _day(found[1], rule)
    last = _day(found[2], rule) if found[2] else first
    start, until = int(found[3]) * 60 + int(found[4]), int(found[5]) * 60 + int(found[6])
    if start >= 24 * 60 or until > 24 * 60:
        raise CellFault("FH-REG-63", value=rule)
    span = (last - first) % 7
    return Hours(frozenset((first - 1 + step) % 7 + 1 for step in range(span + 1)), start, until)


def _day(text: str, rule: str) -> int:
    word = text.lower().removeprefix("週").removeprefix("星期")
    if word in list("1234567"):
        return int(word)
    if word in DAYS_ZH:
        return DAYS_ZH.index(word) + 1
    if word[:3] in DAYS:
        return DAYS.index(word[:3]) + 1
    raise CellFault("FH-REG-63", value=rule)


def _kept(rule: str) -> str:
    """A rule as it is kept: digits for days."""
    found = hours(rule)
    match = _HOURS.fullmatch(rule.strip())
    assert match is not None
    first = _day(match[1], rule)
    last = _day(match[2], rule) if match[2] else first
    days = str(first) if first == last else f"{first}-{last}"
    return f"{days} {_clock(found.start)}-{_clock(found.until)}"


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


def _lines(text: str) -> list[str]:
    return [plain_text(LONGEST)(line) for line in text.splitlines() if line.strip()]


def _number(text: str) -> int | float | None:
    if not text:
        return None
    try:
        value = float(text)
    except ValueError:
        raise CellFault("FH-REG-64", value=text) from None
    if value != value or abs(value) > 1e12:  # noqa: PLR0124 - NaN
        raise CellFault("FH-REG-64", value=text)
    return int(value) if value.is_integer() else value


def _yes(text: str) -> bool | None:
    return {"True": True, "False": False}.get(text)


READERS: Mapping[str, Callable[[str], Any]] = {
    "text": plain_text(LONGEST),
    "number": _number,
    "choice": lambda text: text or None,
    "lines": _lines,
    "hours": lambda text: [_kept(rule) for rule in _lines(text)],
    "yesno": _yes,
}


def complete(definition: Definition, value: Mapping[str, Any]) -> dict[str, Any]:
    """``value`` with every field, none besides; CellFault FH-REG-20, 22 or 66 for what is missing or not to be chosen."""
    strange = set(value) - {field.name for field in definition.fields}
    if strange:
        raise ValueError(f"{definition.key} has no field {sorted(strange)}")
    found = {}
    for field in definition.fields:
        given = value.get(field.name)
        if given in (None, "", []) and not field.optional:
            raise CellFault("FH-REG-66" if field.unlimited else "FH-REG-20")
        if field.kind == "choice" and given and given != NO_LIMIT and given not in dict(field.choices):
            raise CellFault("FH-REG-22", value=given, choices=", ".join(code for code, _label in field.choices))
        found[field.name] = given if given is not None or field.kind not in ("lines", "hours") else []
    return found


def said(words: Words) -> str:
    """A msgid or lazy text in the language of the page."""
    return gettext(words) if isinstance(words, str) and words else str(words)


def written(field: Field, value: Any) -> str:
    """A field's value as people read it."""
    if value == NO_LIMIT:
        return gettext("no limit")
    if value in (None, "", []):
        return "—"
    if field.kind == "yesno":
        return gettext("yes") if value else gettext("no")
    if field.kind == "choice":
        return said(dict(field.choices).get(value, str(value)))
    if field.kind == "hours":
        return gettext(", ").join(_spoken(rule) for rule in value)
    if field.kind == "lines":
        return gettext(", ").join(str(line) for line in value)
    return str(value)


def _spoken(rule: str) -> str:
    days, _space, times = rule.partition(" ")
    first, _dash, last = days.partition("-")
    names = [str(DAY_WORDS[int(day) - 1]) for day in (first, last) if day]
    return f"{'–'.join(names)} {times.replace('-', '–')}"


NO_LIMIT_LABEL = gettext_lazy("no limit")
