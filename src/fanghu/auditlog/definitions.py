"""What the firm must define of its logs: kept how long, holding which fields, recording which events, by which clock."""

from __future__ import annotations

import re
from typing import Any

from django.utils.translation import gettext_lazy as _

from fanghu.auditlog.catalogue import KINDS
from fanghu.auditlog.record import ADDED, OWN_SOURCE
from fanghu.auditlog.witness_definition import DEFINITION
from fanghu.faults import Fault
from fanghu.register.definition import Definition, Field, Value
from fanghu.regulation.scope import SystemFacts

RETENTION, FIELDS, EVENTS, CLOCK = "log-retention", "log-fields", "event-catalogue", "clock-sync"
SHORTEST = 1_096
"""Days of three years, one of them a leap year (4.1)."""

LONGEST = 36_525
CYCLES = (("daily", _("a day")), ("weekly", _("a week")), ("monthly", _("a month")))
TAIWAN_STANDARD_TIME = ["tock.stdtime.gov.tw", "time.stdtime.gov.tw", "watch.stdtime.gov.tw"]
_EVENT = re.compile(r"[a-z][a-z_]*\.[a-z][a-z_]*")
_SERVER = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.:_-]{0,252}[A-Za-z0-9])?")


def _refuse(code: str, en: str, zh_hant: str) -> None:
    raise Fault(code, en, zh_hant)


def check_retention(value: Value) -> None:
    """Fault FH-LOG-60 below three years or beyond a century."""
    days = value["kept_days"]
    if isinstance(days, bool) or not isinstance(days, int) or not SHORTEST <= days <= LONGEST:
        _refuse("FH-LOG-60", f"Records are kept for at least three years; give a whole number of days, {SHORTEST} to {LONGEST}.",
                f"紀錄至少須保存三年；請填寫 {SHORTEST} 至 {LONGEST} 之間的整數日數。")  # fmt: skip


def check_fields(value: Value) -> None:
    """Fault FH-LOG-61 for a field named twice."""
    names = value["fields"]
    if len(set(names)) != len(names):
        _refuse("FH-LOG-61", "A field is named twice; name each once.", "有欄位重複列出；每個欄位請只列一次。")


def check_events(value: Value) -> None:
    """Fault FH-LOG-62, 63 for what is no kind of event, or named twice."""
    kinds = value["events"]
    strange = [kind for kind in kinds if not _EVENT.fullmatch(kind)]
    if strange:
        _refuse("FH-LOG-62", f'"{strange[0][:80]}" is no kind of event; write it as subject.action, one a line.',
                f"「{strange[0][:80]}」不是事件類別；請寫成 subject.action，每行一個。")  # fmt: skip
    if len(set(kinds)) != len(kinds):
        _refuse("FH-LOG-63", "A kind of event is named twice; name each once.", "有事件類別重複列出；每類請只列一次。")


def check_clock(value: Value) -> None:
    """Fault FH-LOG-64 … 56 for a server that is no name, a period over a day, an offset over a second."""
    strange = [server for server in value["servers"] if not _SERVER.fullmatch(server)]
    if strange:
        _refuse("FH-LOG-64", f'"{strange[0][:80]}" is no name or address of a time server; write one a line.',
                f"「{strange[0][:80]}」不是校時伺服器的名稱或位址；請每行填寫一個。")  # fmt: skip
    if not _between(value["every_hours"], 1, 24):
        _refuse("FH-LOG-65", "The clock is synchronised at least once a day; give 1 to 24 hours.",
                "時鐘至少每日校時一次；請填寫 1 至 24 小時。")  # fmt: skip
    if not _between(value["max_offset_seconds"], 0.001, 1):
        _refuse("FH-LOG-66", "The clock may be off by at most one second; give 0.001 to 1 second.",
                "時鐘誤差至多一秒；請填寫 0.001 至 1 秒。")  # fmt: skip


def _between(value: Any, low: float, high: float) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and low <= value <= high


def _of_system_one(value: dict[str, Any]) -> Any:
    """A default that we can only ship for the system whose log we write."""
    return lambda system: {**value} if system is not None and system.slug == OWN_SOURCE else None


def _retention_default(_system: SystemFacts | None) -> dict[str, Any]:
    return {"cycle": "daily", "kept_days": SHORTEST}


def _clock_default(_system: SystemFacts | None) -> dict[str, Any]:
    return {"servers": list(TAIWAN_STANDARD_TIME), "every_hours": 24, "max_offset_seconds": 1}


DEFINITIONS = [
    Definition(
        RETENTION, "4.1", _("Keeping of the log"),
        _("What period one log covers, and for how long its records are kept: three years at least."),
        (
            Field("cycle", _("Recording cycle"), "choice", _("The period that one log covers."), CYCLES),
            Field("kept_days", _("Days records are kept"), "number", _("At least 1,096: three years.")),
        ),
        _retention_default, check_retention,
    ),
    Definition(
        EVENTS, "4.2", _("Events to record"), _("Which kinds of events this system must record."),
        (Field("events", _("Kinds of events"), "lines", _("One a line, written subject.action.")),),
        _of_system_one({"events": sorted(KINDS)}), check_events,
    ),
    Definition(
        FIELDS, "4.5", _("Added fields of records"),
        _("Which fields policy, law and business add to type, time, place and identity."),
        (Field("fields", _("Added fields"), "lines", _("One a line; for instance outcome, object, session.")),),
        _of_system_one({"fields": sorted(ADDED)}), check_fields,
    ),
    Definition(
        CLOCK, "4.9", _("Synchronising the clock"),
        _("With which reference servers the clock is synchronised, how often, and how far off it may be."),
        (
            Field("servers", _("Time servers"), "lines", _("One a line, by name or address.")),
            Field("every_hours", _("At least every, hours"), "number", _("At most 24.")),
            Field("max_offset_seconds", _("Off by at most, seconds"), "number", _("At most 1.")),
        ),
        _clock_default, check_clock,
    ),
    DEFINITION,
]  # fmt: skip
