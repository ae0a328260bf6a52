"""PostgreSQL's jsonlog (documentation 20.8.5), with what pgaudit writes into its messages; pure."""

from __future__ import annotations

import csv
import re
from typing import Any

import msgspec

from fanghu.auditlog.parsers.reading import UNREAD, Outcome, Reading, Stamp, Values, whole

_FAILED = re.compile(r'(?:password|[\w-]+) authentication failed for user "(?P<actor>.*)"', re.DOTALL)
_AUTHORIZED = re.compile(r"connection authorized: user=(?P<actor>.*?) database=.*", re.DOTALL)
_ENDED = re.compile(r"disconnection: session time: .*? user=(?P<actor>.*?) database=.*", re.DOTALL)
_AUDIT = "AUDIT: "
FAILURES = frozenset({"ERROR", "FATAL", "PANIC"})
CLASSES = {"ROLE": "role.changed", "DDL": "schema.changed", "READ": "data.read", "WRITE": "data.changed"}
"""pgaudit's classes; GRANT and REVOKE stand in ROLE and are told apart by their command."""


def read(line: bytes) -> Reading:
    """One line of a jsonlog."""
    try:
        said = msgspec.json.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return UNREAD
    if not isinstance(said, dict) or "error_severity" not in said:
        return UNREAD
    stamp = _stamp(_text(said.get("timestamp")))
    message, severity = _text(said.get("message")), _text(said.get("error_severity"))
    detail: Values = {"severity": severity[:20]}
    for name, key in (
        ("dbname", "database"),
        ("state_code", "state"),
        ("application_name", "application"),
        ("pid", "pid"),
    ):
        value = said.get(name)
        if isinstance(value, str | int) and value not in ("", "00000") and not isinstance(value, bool):
            detail[key] = value[:255] if isinstance(value, str) else value
    actor, place = _text(said.get("user")), _text(said.get("remote_host"))
    kind, outcome, object_ = _kind(message, severity)
    if message.startswith(_AUDIT):
        kind, outcome, object_ = _audited(message[len(_AUDIT) :], detail)
    else:
        named = (
            _FAILED.fullmatch(message) or _AUTHORIZED.fullmatch(message[:2_000]) or _ENDED.fullmatch(message[:2_000])
        )
        actor = actor or (named["actor"] if named else "")
    return Reading(stamp, "", kind, outcome, actor, place if place != "[local]" else "", 1, detail, "postgres", object_)


def _kind(message: str, severity: str) -> tuple[str, Outcome, str]:
    if _FAILED.fullmatch(message):
        return "signin.failed", "failure", ""
    if message.startswith("connection authorized: "):
        return "signin.succeeded", "success", ""
    if message.startswith("connection received: "):
        return "connection.opened", "", ""
    if message.startswith("disconnection: "):
        return "session.closed", "success", ""
    if message.startswith("permission denied"):
        return "access.refused", "failure", message[:255]
    if message.startswith(("statement: ", "execute ", "duration: ")):
        return "statement.executed", "success", ""
    if message.startswith("database system is ready to accept connections"):
        return "service.started", "success", ""
    if message.startswith("database system is shut down"):
        return "service.stopped", "success", ""
    if message.startswith(("parameter ", "received SIGHUP")):
        return "configuration.changed", "success", message[:255]
    return ("server.error", "failure", "") if severity in FAILURES else ("server.notice", "", "")


def _audited(text: str, detail: Values) -> tuple[str, Outcome, str]:
    """Session or object audit: type, statement, substatement, class, command, object type, object name, statement …"""
    try:
        row = next(csv.reader([text[:20_000]], strict=False), [])
    except csv.Error:
        row = []
    if len(row) < 8:
        return "statement.executed", "success", ""
    class_, command = row[3], row[4]
    detail["class"], detail["command"] = class_[:20], command[:60]
    if row[5]:
        detail["object_type"] = row[5][:40]
    kind = CLASSES.get(class_, "statement.executed")
    if command in ("GRANT", "REVOKE"):
        kind = "grant.changed"
    if command == "ALTER SYSTEM":
        kind = "configuration.changed"
    return kind, "success", row[6]


def _stamp(text: str) -> Stamp | None:
    """``2026-11-22 14:03:05.123 CST``: PostgreSQL names the zone; only UTC and numbers are unambiguous."""
    at, _space, zone = text.rpartition(" ")
    if zone in ("UTC", "GMT", "Z"):
        return whole(f"{at}+00:00")
    if zone[:1] in ("+", "-") and zone[1:].isdigit():
        return whole(f"{at}{zone if len(zone) > 3 else zone + ':00'}")
    return whole(at)  # CST is Taipei's and Chicago's: taken as the source's own zone


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
