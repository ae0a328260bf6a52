"""An alarm in words, in the language asked for."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils.translation import gettext

from fanghu.alarms.kinds import kind


def name_of(code: str) -> str:
    """What this kind of alarm is called."""
    return gettext(kind(code).name)


def cause_of(code: str, params: Mapping[str, Any]) -> str:
    """The cause as a sentence; times are kept in UTC and shown in Taipei's."""
    shown = {name: _shown(value) for name, value in params.items()}
    try:
        return gettext(kind(code).cause).format(**{"kind": code, **shown})
    except (KeyError, IndexError):  # parameters of an older version
        return name_of(code)


def remedy_of(code: str) -> str:
    """What to do first."""
    return gettext(kind(code).remedy)


def problem_of(text: str) -> str:
    """Why an alarm was not delivered: a marked sentence, with what was said after a colon."""
    said, _colon, more = text.partition(": ")
    return f"{gettext(said)}{f' ({more})' if more else ''}" if said else ""


def _shown(value: Any) -> Any:
    if isinstance(value, str) and len(value) >= 20 and value[4:5] == "-" and "T" in value:
        try:
            return datetime.fromisoformat(value).astimezone(ZoneInfo(settings.TIME_ZONE)).strftime("%Y-%m-%d %H:%M:%S")
        except ValueError:
            return value
    return value
