"""Lines of JSON in our own field names, or named after ECS or OpenTelemetry; pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec

from fanghu.auditlog.parsers.reading import UNREAD, Outcome, Reading, Stamp, Values, whole

TYPE = re.compile(r"[a-z][a-z0-9_]{0,40}(?:\.[a-z][a-z0-9_]{0,40}){1,4}")
_ODD = re.compile(r"[^a-z0-9]+")
OUTCOMES: Mapping[str, Outcome] = {
    "success": "success", "succeeded": "success", "ok": "success", "allowed": "success",
    "failure": "failure", "failed": "failure", "fail": "failure", "error": "failure", "denied": "failure",
}  # fmt: skip
_TIMES = ("time", "@timestamp", "timestamp", "ts")
_TYPES = ("type", "event.action", "event.name", "action")
_ACTORS = ("actor", "user.name", "user.id", "enduser.id", "user", "username")
_PLACES = ("place", "source.ip", "client.ip", "client.address", "source.address", "ip", "remote_addr")
_OBJECTS = ("object", "url.path", "file.path", "http.route", "resource")
_HOSTS = ("host", "host.name", "hostname")
_APPS = ("app", "process.name", "service.name", "program")
_OUTCOME = ("outcome", "event.outcome", "status", "result")
_KEPT = {"source.port": "port", "process.pid": "pid", "log.level": "level", "n": "times", "session": "session"}
AGO = datetime(1970, 1, 1, tzinfo=UTC)


def read(line: bytes) -> Reading:
    """One object; where it names no kind of event it is a ``record.taken``."""
    try:
        said = msgspec.json.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return UNREAD
    if not isinstance(said, dict):
        return UNREAD
    said = _flat(said)
    type_ = kind(_first(said, _TYPES))
    outcome = OUTCOMES.get(_first(said, _OUTCOME).lower(), "")
    detail: Values = {}
    for name, key in _KEPT.items():
        value = said.get(name)
        if key != "times" and isinstance(value, str | int) and not isinstance(value, bool) and value != "":
            detail[key] = value[:255] if isinstance(value, str) else max(-(2**53), min(2**53, value))
    times = said.get("n")
    return Reading(
        _stamp(said), _first(said, _HOSTS), type_, outcome, _first(said, _ACTORS), _first(said, _PLACES),
        times if isinstance(times, int) and not isinstance(times, bool) and 0 < times < 10**6 else 1,
        detail, _first(said, _APPS), _first(said, _OBJECTS).partition("?")[0],
    )  # fmt: skip


def kind(said: str) -> str:
    """What a source calls its event, as ``subject.action``: kept where it is one, ``record.<name>`` where it is a word."""
    if TYPE.fullmatch(said):
        return said
    word = _ODD.sub("_", said.lower()).strip("_")[:40]
    return f"record.{word}" if word and word[0].isalpha() else "record.taken"


def _stamp(said: Mapping[str, Any]) -> Stamp | None:
    for name in _TIMES:
        value = said.get(name)
        if isinstance(value, str) and (stamp := whole(value)) is not None:
            return stamp
        if isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < 253_402_300_799_000:
            return Stamp(at=datetime.fromtimestamp(value / 1000 if value > 10**11 else value, UTC))
    return None


def _first(said: Mapping[str, Any], names: tuple[str, ...]) -> str:
    """The first of these that holds a text or a number."""
    for name in names:
        value = said.get(name)
        if isinstance(value, str) and value:
            return value
        if isinstance(value, int) and not isinstance(value, bool):
            return str(value)
    return ""


def _flat(said: Mapping[str, Any]) -> dict[str, Any]:
    """The object with what is nested under dotted names, once, so that each name is one look; a flat name goes first."""
    flat = dict(said)
    for outer, nested in said.items():
        if isinstance(nested, dict) and "." not in outer:
            for inner, value in nested.items():
                flat.setdefault(f"{outer}.{inner}", value)
    return flat
