"""Lines become entries of the log, kept byte for byte; what a line says is read from it later, by its format."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from itertools import count

import msgspec

from fanghu.auditlog.derived import batch_name, microseconds_of, moment_of, utc_text, zone_of
from fanghu.auditlog.parsers.formats import FORMATS
from fanghu.auditlog.parsers.reading import UNREAD, Reading
from fanghu.auditlog.record import OWN_SOURCE, entry_of_line
from fanghu.edge import refusals
from fanghu.edge.otlp import Record
from fanghu.intake.plan import Source
from fanghu.tlog.bundle import lines_bundled
from fanghu.tlog.damage import BadEntry
from fanghu.tlog.entry import Envelope, Line, Place, Small, encode

LONGEST = 60_000
"""Bytes one line may hold; an entry of the log holds 65,535 with its envelope."""
_started, _counter = f"~{os.getpid()}-{time.time_ns():x}", count(1)


def reader_of(format_: str) -> Callable[[bytes], Reading]:
    """What reads a line of the format; an unknown format keeps every line verbatim."""
    return FORMATS.get(format_, FORMATS["plain"]).read


class _Object(msgspec.Struct, gc=False):
    """Any object of JSON, looked at no closer."""


_object = msgspec.json.Decoder(_Object)


def unread(format_: str, lines: Sequence[bytes]) -> int:
    """How many of the lines cannot be read by their format, and are kept verbatim."""
    if format_ == "ndjson":
        return _no_objects(lines)
    if FORMATS.get(format_, FORMATS["plain"]) is FORMATS["plain"]:
        return len(lines)
    read = FORMATS[format_].read
    return sum(read(line).verbatim for line in lines)


def _no_objects(lines: Sequence[bytes]) -> int:
    """How many lines are no object of JSON by their syntax; the index looks closer (numbers beyond all range)."""
    read = FORMATS["ndjson"].read
    try:
        text = b"".join(lines)  # an object begins and ends in ASCII: no character reaches into the next line
        text.isascii() or text.decode()
    except UnicodeDecodeError:
        return sum(read(line).verbatim for line in lines)
    found, decode = 0, _object.decode
    for line in lines:
        try:
            decode(line)
        except (msgspec.DecodeError, RecursionError):
            found += read(line).verbatim  # syslog may have brought it, in its envelope
    return found


def bundle_of(
    lines: Sequence[bytes], source: Source, client: str, number: int, first: int, now: datetime
) -> bytes | bytearray:
    """The entries of ``lines`` (those from place ``first`` of batch ``number``), bundled.

    Refused FH-IN-05 when one is too long for an entry.
    """
    if max(map(len, lines), default=0) > LONGEST:
        long = next(position for position, line in enumerate(lines, first + 1) if len(line) > LONGEST)
        raise refusals.oversized(long, LONGEST)
    said = Line(source.name, source.format, source.zone, f"{client}/{number}", microseconds_of(now), first)
    return lines_bundled(lines, said)


def entry_of_record(
    record: Record, source: Source, client: str, number: int, position: int, now: datetime
) -> tuple[bytes, bool]:
    """The entry of one OTLP record, and whether it is kept verbatim. A source of another format says it in the body."""
    ref = f"{client}/{number}"
    id_ = batch_name(source.name, ref) + position.to_bytes(4, "big")
    own = source.format in ("otlp", "plain", "ndjson", "") or not record.body
    reading = record.reading() if own else reader_of(source.format)(record.body.encode("utf-8", "replace"))
    at, assumed = record.at, list[str]()
    if at is None:
        at, assumed = moment_of(reading.stamp, zone_of(source.zone), now)
    try:
        return entry_of_line(id_, record.raw, reading, at, assumed, source.name, ref, now), reading.verbatim
    except (BadEntry, ValueError, OverflowError):
        return entry_of_line(id_, record.raw, UNREAD, at, [], source.name, ref, now), True


class _Note(msgspec.Struct):
    type: str
    where: str = ""
    object: str = ""
    n: int = 1
    detail: dict[str, Small] = {}


def note(
    kind: str, now: datetime, *, peer: str = "", object_: str = "", detail: Mapping[str, Small], raw: bytes = b""
) -> bytes:
    """An entry of the intake's own (``meta``): what was refused, from where, how often."""
    id_ = batch_name(OWN_SOURCE, f"{_started}/{next(_counter)}")
    return encode(
        Envelope(
            id=id_.hex(), kind="meta", source=OWN_SOURCE, received_at=utc_text(now),
            time=utc_text(now), type=kind, outcome="failure", place=Place(ip=peer), object=object_[:500],
            detail={key: value for key, value in detail.items() if value not in ("", None)},
        ),
        raw,
    )  # fmt: skip


def note_of_line(line: bytes, now: datetime) -> bytes:
    """The same from a line of JSON: ``type``, ``where``, ``object``, ``n`` and ``detail``; kept with the line."""
    said = msgspec.json.decode(line, type=_Note)
    return note(said.type, now, peer=said.where, object_=said.object, raw=line, detail={"n": said.n, **said.detail})
