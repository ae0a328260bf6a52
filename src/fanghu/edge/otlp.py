"""OTLP/HTTP logs: each LogRecord is one entry whose raw bytes are the record as it came (protobuf or JSON).

opentelemetry-proto ``collector/logs/v1`` and ``logs/v1``; attribute names after OpenTelemetry's semantic conventions.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import msgspec

from fanghu.auditlog.parsers.reading import Reading
from fanghu.edge import refusals

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TYPE = re.compile(r"[a-z][a-z0-9_]{0,40}(\.[a-z][a-z0-9_]{0,40}){1,4}")
_OUTCOMES: Mapping[str, Literal["success", "failure"]] = {
    "success": "success", "succeeded": "success", "ok": "success", "failure": "failure", "failed": "failure", "error": "failure",
}  # fmt: skip
_ACTORS = ("enduser.id", "user.id", "user.name", "user.email")
_PLACES = ("client.address", "source.address", "network.peer.address", "net.peer.ip", "client.ip")
_OBJECTS = ("url.path", "http.route", "db.collection.name", "file.path")
MOST_NANOS = 253_402_300_799 * 10**9
"""The end of the year 9999."""


@dataclass(frozen=True, slots=True)
class Record:
    """One LogRecord: its bytes, and what it says."""

    raw: bytes
    at: datetime | None
    body: str
    event: str
    attributes: Mapping[str, Any]
    resource: Mapping[str, Any]
    severity: int = 0
    trace: str = ""

    def reading(self) -> Reading:
        """The record as the index sees it: by its own event name and attributes."""
        said = {name: str(value) for name, value in self.attributes.items() if value is not None}
        event = self.event or said.get("event.name", "")
        detail: dict[str, str | int] = {}
        if self.severity:
            detail["severity"] = self.severity
        if self.trace:
            detail["trace"] = self.trace
        return Reading(
            stamp=None,
            host=str(self.resource.get("host.name", ""))[:255],
            app=str(self.resource.get("service.name", ""))[:255],
            type=event if _TYPE.fullmatch(event) else "otlp.record",
            outcome=_OUTCOMES.get(said.get("event.outcome", said.get("outcome", "")).lower(), ""),
            actor=_first(said, _ACTORS),
            place=_first(said, _PLACES),
            object=_first(said, _OBJECTS)[:500],
            detail=detail,
        )


def _first(said: Mapping[str, str], names: tuple[str, ...]) -> str:
    return next((said[name] for name in names if said.get(name)), "")


def _moment(*nanos: int) -> datetime | None:
    for each in nanos:
        if 0 < each <= MOST_NANOS:
            return EPOCH + timedelta(microseconds=each // 1_000)
    return None


def _unreadable() -> Exception:
    return refusals.malformed(
        "The body is no OTLP logs request; send ExportLogsServiceRequest.", "內容不是 OTLP 日誌請求。"
    )


def of_protobuf(body: bytes) -> Iterator[Record]:
    """Every LogRecord of an ExportLogsServiceRequest; Refused FH-IN-10 when it is none."""
    from google.protobuf.message import DecodeError
    from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord
    from opentelemetry.proto.resource.v1.resource_pb2 import Resource

    try:
        for resource_logs in _messages(body, 1):
            resource: dict[str, Any] = {}
            for each in _messages(resource_logs, 1):
                resource |= _attributes(Resource.FromString(each).attributes)
            for scope_logs in _messages(resource_logs, 2):
                for raw in _messages(scope_logs, 2):
                    record = LogRecord.FromString(raw)
                    yield Record(
                        raw,
                        _moment(record.time_unix_nano, record.observed_time_unix_nano),
                        record.body.string_value,
                        getattr(record, "event_name", ""),
                        _attributes(record.attributes),
                        resource,
                        int(record.severity_number),
                        record.trace_id.hex(),
                    )
    except (DecodeError, IndexError, ValueError) as error:
        raise _unreadable() from error


def _attributes(pairs: Any) -> dict[str, Any]:
    found = {}
    for pair in pairs:
        kind = pair.value.WhichOneof("value")
        if kind in ("string_value", "int_value", "double_value", "bool_value"):
            found[pair.key] = getattr(pair.value, kind)
    return found


def _messages(data: bytes, wanted: int) -> Iterator[bytes]:
    """The bytes of each embedded message in field ``wanted``; ValueError or IndexError when ``data`` is none."""
    at = 0
    while at < len(data):
        key, at = _varint(data, at)
        kind = key & 7
        if kind == 0:
            _value, at = _varint(data, at)
        elif kind in (1, 5):
            at += 8 if kind == 1 else 4
        elif kind == 2:
            length, at = _varint(data, at)
            if at + length > len(data):
                raise ValueError("cut short")
            if key >> 3 == wanted:
                yield data[at : at + length]
            at += length
        else:
            raise ValueError("no such wire type")


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = 0
    for shift in range(0, 70, 7):
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
    raise ValueError("too long a number")


class _Value(msgspec.Struct, rename="camel"):
    string_value: str | None = None
    int_value: int | str | None = None
    double_value: float | None = None
    bool_value: bool | None = None

    def plain(self) -> Any:
        values = (self.string_value, self.int_value, self.double_value, self.bool_value)
        return next((value for value in values if value is not None), None)


class _Pair(msgspec.Struct):
    key: str = ""
    value: _Value = msgspec.field(default_factory=_Value)


class _JsonRecord(msgspec.Struct, rename="camel"):
    time_unix_nano: int | str = 0
    observed_time_unix_nano: int | str = 0
    severity_number: int | str = 0
    body: _Value = msgspec.field(default_factory=_Value)
    attributes: list[_Pair] = []
    event_name: str = ""
    trace_id: str = ""


class _Resource(msgspec.Struct):
    attributes: list[_Pair] = []


class _ScopeLogs(msgspec.Struct, rename="camel"):
    log_records: list[msgspec.Raw] = []


class _ResourceLogs(msgspec.Struct, rename="camel"):
    resource: _Resource = msgspec.field(default_factory=_Resource)
    scope_logs: list[_ScopeLogs] = []


class _Request(msgspec.Struct, rename="camel"):
    resource_logs: list[_ResourceLogs] = []


_request, _json_record = msgspec.json.Decoder(_Request), msgspec.json.Decoder(_JsonRecord)


def of_json(body: bytes) -> Iterator[Record]:
    """The same of the JSON encoding; each record's bytes stay as they stood in the body."""
    try:
        for resource_logs in _request.decode(body).resource_logs:
            resource = {pair.key: pair.value.plain() for pair in resource_logs.resource.attributes}
            for raw in (raw for scope in resource_logs.scope_logs for raw in scope.log_records):
                record = _json_record.decode(raw)
                severity = str(record.severity_number)
                yield Record(
                    bytes(raw),
                    _moment(_number(record.time_unix_nano), _number(record.observed_time_unix_nano)),
                    record.body.string_value or "",
                    record.event_name,
                    {pair.key: pair.value.plain() for pair in record.attributes},
                    resource,
                    int(severity) if severity.isdecimal() and len(severity) < 9 else 0,
                    record.trace_id[:64],
                )
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise _unreadable() from error


def _number(value: int | str) -> int:
    text = str(value)
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 25 else 0


@dataclass(slots=True)
class Rejected:
    """What of a request was not taken, as OTLP's partial success tells it."""

    count: int = 0
    why: str = ""


def response(rejected: Rejected, *, json: bool) -> bytes:
    """An ExportLogsServiceResponse."""
    if json:
        partial = {"rejectedLogRecords": str(rejected.count), "errorMessage": rejected.why} if rejected.count else None
        return msgspec.json.encode({"partialSuccess": partial} if partial else {})
    if not rejected.count:
        return b""
    partial_bytes = b"\x08" + _written(rejected.count) + _text(2, rejected.why)
    return b"\x0a" + _written(len(partial_bytes)) + partial_bytes


def failure(code: int, message: str, *, json: bool) -> bytes:
    """A google.rpc.Status, which OTLP asks for with every 4xx and 5xx."""
    if json:
        return msgspec.json.encode({"code": code, "message": message})
    return b"\x08" + _written(code) + _text(2, message)


def _text(number: int, text: str) -> bytes:
    data = text.encode()
    return bytes([number << 3 | 2]) + _written(len(data)) + data


def _written(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)
