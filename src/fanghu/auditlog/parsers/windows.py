"""Windows security events as JSON (winlogbeat, ``Get-WinEvent | ConvertTo-Json``, records of .evtx files) or XML; pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from fanghu.auditlog.evtx_chunks import MARKER
from fanghu.auditlog.parsers import windows_xml
from fanghu.auditlog.parsers.reading import UNREAD, Outcome, Reading, Stamp, Values, whole

KINDS: Mapping[int, tuple[str, Outcome]] = {
    4624: ("signin.succeeded", "success"), 4625: ("signin.failed", "failure"), 4634: ("session.closed", "success"),
    4647: ("session.closed", "success"), 4648: ("user.switched", "success"), 4672: ("privilege.used", "success"),
    4673: ("privilege.used", "success"), 4688: ("process.started", "success"), 4697: ("service.installed", "success"),
    4698: ("task.created", "success"), 4702: ("task.changed", "success"), 4719: ("policy.changed", "success"),
    4720: ("account.created", "success"), 4722: ("account.enabled", "success"), 4723: ("password.changed", "success"),
    4724: ("password.reset", "success"), 4725: ("account.disabled", "success"), 4726: ("account.deleted", "success"),
    4728: ("group.changed", "success"), 4729: ("group.changed", "success"), 4732: ("group.changed", "success"),
    4733: ("group.changed", "success"), 4735: ("group.changed", "success"), 4737: ("group.changed", "success"),
    4738: ("account.changed", "success"), 4739: ("policy.changed", "success"), 4740: ("account.locked", "failure"),
    4756: ("group.changed", "success"), 4757: ("group.changed", "success"), 4767: ("account.unlocked", "success"),
    4741: ("account.created", "success"), 4742: ("account.changed", "success"), 4743: ("account.deleted", "success"),
    4768: ("authentication.checked", ""), 4769: ("authentication.checked", ""),
    4771: ("authentication.failed", "failure"), 4776: ("authentication.checked", ""), 4778: ("session.opened", "success"),
    4779: ("session.closed", "success"), 1102: ("log.cleared", "success"), 104: ("log.cleared", "success"),
    7045: ("service.installed", "success"),
}  # fmt: skip
"""What the numbers of the Security and System logs mean here."""

_BY_STATUS = frozenset({4768, 4769, 4776})
"""Events whose outcome is their status: 0 is success (a domain controller's tickets and checked passwords)."""

_BY_TARGET = frozenset({4624, 4625, 4634, 4647, 4768, 4769, 4771, 4776, 4778, 4779})
"""Events whose actor is the account that signs in; in the others it is the one that acts on another."""

_DOTNET = re.compile(r"/Date\((-?\d{1,15})\)/")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LINE = re.compile(
    r"^[ \t]*(?:(?P<account>Account Name|帳戶名稱)|Source Network Address|來源網路位址):[ \t]*(?P<value>\S[^\r\n]*)",
    re.MULTILINE,
)
"""What is read from an event's text, as Windows words it in English and in Chinese (Taiwan)."""


def read(line: bytes) -> Reading:
    """One event as a line of JSON or XML."""
    if line.lstrip()[:6] == b"<Event":
        event = windows_xml.event_of(line)
        return (_evtx(event) or UNREAD) if event else UNREAD
    try:
        said = msgspec.json.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return UNREAD
    if not isinstance(said, dict):
        return UNREAD
    for shape in (_winlogbeat, _evtx, _get_win_event, _unread):
        found = shape(said)
        if found is not None:
            return found
    return UNREAD


def _winlogbeat(said: Mapping[str, Any]) -> Reading | None:
    inner = said.get("winlog")
    if not isinstance(inner, dict):
        return None
    data = inner.get("event_data")
    return _reading(
        _number(inner.get("event_id")), _text(said.get("@timestamp")), _text(inner.get("computer_name")),
        data if isinstance(data, dict) else {}, _text(inner.get("channel")), _count(inner.get("record_id")),
    )  # fmt: skip


def _evtx(said: Mapping[str, Any]) -> Reading | None:
    event = said.get("Event")
    system = event.get("System") if isinstance(event, dict) else None
    if not isinstance(event, dict) or not isinstance(system, dict):
        return None
    created = system.get("TimeCreated")
    marks = created.get("#attributes") if isinstance(created, dict) else None
    data: Any = event.get("EventData")
    if not isinstance(data, dict):
        users = event.get("UserData")
        data = next((each for each in users.values() if isinstance(each, dict)), {}) if isinstance(users, dict) else {}
    return _reading(
        _number(system.get("EventID")), _text(marks.get("SystemTime")) if isinstance(marks, dict) else "",
        _text(system.get("Computer")), data, _text(system.get("Channel")), _count(system.get("EventRecordID")),
    )  # fmt: skip


def _get_win_event(said: Mapping[str, Any]) -> Reading | None:
    if "Id" not in said or "TimeCreated" not in said:
        return None
    created = said["TimeCreated"]
    if isinstance(created, dict):  # PowerShell 7 writes the time within an object
        created = created.get("value") or created.get("DateTime")
    data: dict[str, Any] = {}
    lines = list(_LINE.finditer(_text(said.get("Message"))[:8_000]))
    accounts = [each["value"].strip() for each in lines if each["account"] and each["value"].strip() != "-"]
    addresses = [each["value"].strip() for each in lines if not each["account"]]
    if accounts:
        data["SubjectUserName"], data["TargetUserName"] = accounts[0], accounts[-1]
    data["IpAddress"] = addresses[0] if len(addresses) == 1 else ""  # a typed name may hold a line of these words
    return _reading(
        _number(said["Id"]), _text(created), _text(said.get("MachineName")), data, _text(said.get("LogName")),
        _count(said.get("RecordId")),
    )  # fmt: skip


def _unread(said: Mapping[str, Any]) -> Reading | None:
    """What stands in a log in place of a record of an .evtx file that cannot be read."""
    marks = said.get(MARKER)
    if not isinstance(marks, dict):
        return None
    detail: Values = {"unread": _text(marks.get("why"))[:40]}
    for name in ("record", "chunk", "offset"):
        if isinstance(marks.get(name), int):
            detail[name] = _count(marks[name])
    return Reading(_stamp(_text(marks.get("written"))), detail=detail, app="windows")


def _reading(
    number: int, time: str, host: str, data: Mapping[str, Any], channel: str, record: int = 0
) -> Reading | None:
    if number <= 0:
        return None
    kind, outcome = KINDS.get(number, ("windows.event", ""))
    target, subject = _who(data, "TargetUserName"), _who(data, "SubjectUserName")
    actor, object_ = (target, "") if number in _BY_TARGET else (subject, target)
    detail: Values = {"event_id": number}
    if record:
        detail["record"] = record
    if channel:
        detail["channel"] = channel[:60]
    for name, key in (
        ("LogonType", "logon_type"),
        ("Status", "status"),
        ("ProcessName", "process"),
        ("ServiceName", "service"),
    ):
        value = _text(data.get(name))
        if value and value != "-":
            detail[key] = value[:255]
    if number in (4728, 4729, 4732, 4733, 4756, 4757):
        detail["group"], object_ = target[:255], _who(data, "MemberName") or _who(data, "MemberSid")
    if number == 4688:
        object_ = _text(data.get("NewProcessName"))
    status = _text(data.get("Status"))
    if number in _BY_STATUS and status:
        outcome = "success" if status in ("0", "0x0") else "failure"
    if number == 4769:  # its account carries the realm
        actor = actor.partition("@")[0]
    place = _text(data.get("IpAddress")).removeprefix("::ffff:")
    place = place if place not in ("-", "::1", "127.0.0.1") else ""
    return Reading(
        _stamp(time), host, kind, outcome, actor, place or _named(data), 1, detail, channel or "windows", object_
    )


def _named(data: Mapping[str, Any]) -> str:
    return _who(data, "WorkstationName") or _who(data, "Workstation")


def _who(data: Mapping[str, Any], name: str) -> str:
    value = _text(data.get(name))
    return value if value != "-" else ""


def _stamp(text: str) -> Stamp | None:
    dotnet = _DOTNET.fullmatch(text)
    if dotnet:
        try:
            return Stamp(at=_EPOCH + timedelta(milliseconds=int(dotnet[1])))
        except OverflowError:
            return None
    stamp = whole(text)
    if stamp is None or stamp.at is None or stamp.at.tzinfo is not None:
        return stamp
    return Stamp(at=stamp.at.replace(tzinfo=UTC))  # event logs keep UTC


def _number(value: Any) -> int:
    """An event's number; evtx may wrap it with its qualifiers."""
    if isinstance(value, dict):
        value = value.get("#text")
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 7:
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else 0


def _count(value: Any) -> int:
    """A record's number, which winlogbeat writes as text; 0 for none, and for one that no log can hold."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 20:
        value = int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**63 else 0


def _text(value: Any) -> str:
    return value if isinstance(value, str) else str(value) if isinstance(value, int) else ""
