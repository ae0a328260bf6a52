"""One cell's text to one value and back; every reader raises CellFault; pure."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable
from datetime import date
from typing import Any

from fanghu.identifiers.roc_date import parse_date
from fanghu.register.problems import CellFault
from fanghu.register.words import NO, NONE_OF_THEM, YES, Words, code_of, folded, shown

Read = Callable[[str], Any]
_SLUG = re.compile(r"^[a-z0-9][a-z0-9-]{0,59}$")
_HOST = re.compile(r"^(?=.{1,253}$)[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9])?(\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9])?)*$")
_EMAIL = re.compile(r"^[^@\s,;<>\"]{1,64}@[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?$")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u202a-\u202e\u2066-\u2069]")
_PARTS = re.compile(r"[;；、|\n]+")
_RISKY = ("=", "+", "-", "@", "\t", "\r")


def plain_text(limit: int) -> Read:
    """A reader of one line of text, at most ``limit`` characters."""

    def read(text: str) -> str:
        value = " ".join(text.split())
        if _CONTROL.search(text):
            raise CellFault("FH-REG-33")
        if len(value) > limit:
            raise CellFault("FH-REG-25", limit=limit)
        return value

    return read


def slug(text: str) -> str:
    """A system's code, lower-cased."""
    value = folded(text)
    if not _SLUG.match(value):
        raise CellFault("FH-REG-24", value=text)
    return value


def yes_no(text: str) -> bool | None:
    """是/否, yes/no, true/false, 1/0; empty is unknown."""
    word = folded(text)
    if not word:
        return None
    if word in YES:
        return True
    if word in NO:
        return False
    raise CellFault("FH-REG-21", value=text)


def choice(words: Words) -> Read:
    """A reader of one word of a closed vocabulary."""

    def read(text: str) -> str:
        code = code_of(text, words)
        if code is None:
            raise CellFault("FH-REG-22", value=text, choices=", ".join(f"{zh}/{en}" for zh, en in words.values()))
        return code

    return read


def choices(words: Words, *, unknown: bool) -> Read:
    """A reader of several words (; 、 or |) in the vocabulary's order; empty is None if ``unknown`` may be, else []."""
    one = choice(words)

    def read(text: str) -> list[str] | None:
        if not text.strip():
            return None if unknown else []
        if folded(text) in NONE_OF_THEM:
            return []
        found = {one(part) for part in _PARTS.split(text) if part.strip()}
        return [code for code in words if code in found]

    return read


def hosts(text: str) -> list[str]:
    """Host names and addresses, in order, each once, lower-case."""
    found: dict[str, None] = {}
    for part in re.split(r"[;；、|,\s]+", text):
        if part:
            found[host(part)] = None
    return list(found)


def host(text: str) -> str:
    """One host name or IP address, lower-case, without a final dot."""
    value = folded(text).rstrip(".")
    try:
        return str(ipaddress.ip_address(value))
    except ValueError:
        if not _HOST.match(value):
            raise CellFault("FH-REG-35", value=text) from None
        return value


def day(text: str) -> date | None:
    """A date, Gregorian or ROC; empty is None."""
    if not text.strip():
        return None
    try:
        return parse_date(text)
    except ValueError:
        raise CellFault("FH-REG-23", value=text) from None


def email(text: str) -> str:
    """An e-mail address or nothing."""
    value = text.strip()
    if value and not _EMAIL.match(value):
        raise CellFault("FH-REG-30", value=text)
    return value


def written(value: Any, words: Words | None, zh: bool) -> str:
    """``value`` as exports write it: 是/否 or yes/no, ISO dates, lists joined by ``;``, [] as 無/none where it has words."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return ("是" if value else "否") if zh else ("yes" if value else "no")
    if isinstance(value, list):
        if not value and words is not None:
            return "無" if zh else "none"
        return ";".join(shown(item, words, zh) if words else item for item in value)
    if isinstance(value, date):
        return value.isoformat()
    return shown(value, words, zh) if words else str(value)


def guarded(text: str) -> str:
    """``text`` so that no spreadsheet reads it as a formula: a leading ' before = + - @ tab and CR, and before such a '."""
    return f"'{text}" if text.lstrip("'").startswith(_RISKY) else text


def unguarded(text: str) -> str:
    """Undo ``guarded``."""
    return text[1:] if text.startswith("'") and text.lstrip("'").startswith(_RISKY) else text
