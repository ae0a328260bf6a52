"""Lines of JSON in our own field names, or named after ECS or OpenTelemetry; pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import msgspec

from fanghu.auditlog.parsers.reading import UNREAD, Outcome, Reading, Stamp, Values, whole

TYPE = re.compile(r"[a-z][a-z0-9_]{0,40}(?:\.[a-z][a-z0-9_]{0,40}){1,4}")
_ODD = re.compile(r"[^a-z0-9]+")
OUTCOMES: Mapping[str, Outcome] = {
    "success": "success", "succeeded": "success", "ok": "success", "allowed": "success",
    "failure": "failure", "failed": "failure", "fail": "failure", "error": "failure", "denied": "failure",
}  # fmt: skip
Way = tuple[str, str, str]
"""One name to look under: as it stands, and as an object's name and one within it."""


def _ways(*names: str) -> tuple[Way, ...]:
    return tuple((name, *name.partition(".")[::2]) for name in names)


TIMES = ("time", "@timestamp", "timestamp", "ts")
TYPES = _ways("type", "event.action", "event.name", "action")
ACTORS = _ways("actor", "user.name", "user.id", "enduser.id", "user", "username", "who")
PLACES = _ways("place", "source.ip", "client.ip", "client.address", "source.address", "ip", "remote_addr", "where")
OBJECTS = _ways("object", "url.path", "file.path", "http.route", "resource")
HOSTS = _ways("host", "host.name", "hostname")
_APPS = _ways("app", "process.name", "service.name", "program")
OUTCOME = _ways("outcome", "event.outcome", "status", "result")
_KEPT = tuple(
    zip(("port", "pid", "level", "session"), _ways("source.port", "process.pid", "log.level", "session"), strict=True)
)
_PARTS = msgspec.json.Decoder(dict[str, msgspec.Raw])
MOST = 2**53
"""The largest whole number that JSON carries everywhere."""


def read(line: bytes) -> Reading:
    """One object; where it names no kind of event it is a ``record.taken``."""
    try:
        said = _said(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return UNREAD
    if not isinstance(said, dict):
        return UNREAD
    detail: Values = {}
    for key, (name, outer, inner) in _KEPT:
        value = said.get(name)
        if value is None and inner:
            nested = said.get(outer)
            value = nested.get(inner) if isinstance(nested, dict) else None
        if isinstance(value, str) and value:
            detail[key] = value[:255]
        elif isinstance(value, int) and not isinstance(value, bool):
            detail[key] = value if -MOST <= value <= MOST else (MOST if value > 0 else -MOST)
    times = said.get("n", 1)
    return Reading(
        _stamp(said), _first(said, HOSTS), kind(_first(said, TYPES)), outcome(_first(said, OUTCOME)),
        _first(said, ACTORS), _first(said, PLACES),
        times if isinstance(times, int) and not isinstance(times, bool) and 0 < times < 10**6 else 1,
        detail, _first(said, _APPS), _first(said, OBJECTS).partition("?")[0],
    )  # fmt: skip


def _said(text: bytes | msgspec.Raw, within: int = 2) -> Any:
    """What ``text`` says; a value that holds a number beyond all range counts as null, down to ``within`` objects.

    msgspec.DecodeError for what is no JSON.
    """
    try:
        return msgspec.json.decode(text)
    except msgspec.ValidationError:  # JSON (RFC 8259, 6), but more than a float or Python's int takes
        try:
            held = _PARTS.decode(text) if within else {}
        except msgspec.ValidationError:  # no object
            held = {}
        return {name: _said(value, within - 1) for name, value in held.items()} or None


@lru_cache(1_000)
def kind(said: str) -> str:
    """What a source calls its event, as ``subject.action``: kept where it is one, ``record.<name>`` where it is a word."""
    if TYPE.fullmatch(said):
        return said
    word = _ODD.sub("_", said.lower()).strip("_")[:40]
    return f"record.{word}" if word and word[0].isalpha() else "record.taken"


@lru_cache(1_000)
def outcome(said: str) -> Outcome:
    """What a source calls the end of it, as we do; "" for what says neither."""
    return OUTCOMES.get(said) or OUTCOMES.get(said.lower(), "")


def _stamp(said: Mapping[str, Any]) -> Stamp | None:
    for name in TIMES:
        value = said.get(name)
        if isinstance(value, str) and (stamp := whole(value)) is not None:
            return stamp
        if isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < 253_402_300_799_000:
            return Stamp(at=datetime.fromtimestamp(value / 1000 if value > 10**11 else value, UTC))
    return None


def _first(said: Mapping[str, Any], ways: tuple[Way, ...]) -> str:
    """The first of these that holds a text or a number."""
    for name, outer, inner in ways:
        if name in said:
            value = said[name]
        elif inner and outer in said:
            nested = said[outer]
            value = nested.get(inner) if isinstance(nested, dict) else None
        else:
            continue
        if isinstance(value, str):
            if value:
                return value
        elif isinstance(value, int) and not isinstance(value, bool):
            return str(value)
    return ""
