"""What the firm itself must define for a duty: its fields, the default we ship, and how an approved value is read.

An app that needs one lists it in ``<app>/definitions.py: DEFINITIONS``; one page, one form and one approval serve all.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from django.utils.functional import Promise

from fanghu.events.doer import Doer
from fanghu.regulation.scope import SystemFacts
from fanghu.testimony import Subject

Words = str | Promise
Value = Mapping[str, Any]
Kind = Literal["text", "number", "choice", "lines", "hours", "yesno"]
NO_LIMIT = "no-limit"
"""What a field with ``unlimited`` holds when the firm says that it sets no limit."""


@dataclass(frozen=True, slots=True)
class Field:
    """One value of a definition; ``label`` and ``hint`` are msgids.

    The value by kind: text ``str``, number ``int | float``, choice the code among ``choices`` (code, label), lines
    ``list[str]``, hours a list of rules as ``defining_fields.hours`` reads them, yesno ``bool``. An ``optional`` one may
    be None (lines and hours: empty); an ``unlimited`` one may be NO_LIMIT, said by a tick of its own.
    """

    name: str
    label: Words
    kind: Kind
    hint: Words = ""
    choices: tuple[tuple[str, Words], ...] = ()
    optional: bool = False
    unlimited: bool = False


@dataclass(frozen=True, slots=True)
class Definition:
    """Something the firm must define (``duty``), for each system the duty binds or once for all of them.

    ``default(system)`` is the value we ship for a system (None for the firm), or None where only the firm can say.
    ``check(value)`` raises a Fault for what the law or reason forbids; ``check_asker(value, subject, by, now)``, when
    given, for what would harm whoever asks (locking everybody out).
    """

    key: str
    duty: str
    label: Words
    asks: Words
    fields: tuple[Field, ...]
    default: Callable[[SystemFacts | None], dict[str, Any] | None]
    check: Callable[[Value], None]
    per_system: bool = True
    check_asker: Callable[[Value, Subject, Doer, datetime], None] | None = None


@dataclass(frozen=True, slots=True)
class Defined:
    """A value that a second person approved; ``approved_by`` and ``asked_by`` are ids of persons."""

    value: dict[str, Any]
    version: int
    approved_at: datetime
    approved_by: str
    asked_by: str
