"""Lines become entries of the log: read by their format, kept byte for byte; what cannot be read is kept all the same."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache
from hashlib import sha256
from itertools import count
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from fanghu.auditlog import years
from fanghu.auditlog.parsers.formats import FORMATS
from fanghu.auditlog.parsers.reading import UNREAD, Reading, Stamp
from fanghu.auditlog.record import OWN_SOURCE, entry_of_line, utc_text
from fanghu.edge import refusals
from fanghu.edge.otlp import Record
from fanghu.intake.plan import Source
from fanghu.tlog.damage import BadEntry
from fanghu.tlog.entry import Envelope, Place, Small, encode

LONGEST = 60_000
"""Bytes one line may hold; an entry of the log holds 65,535 with its envelope."""
AHEAD = timedelta(days=1)
"""By so much a source's clock may run ahead of ours where a line states no year."""
_started, _counter = f"{os.getpid()}-{time.time_ns()}", count()


def reader_of(format_: str) -> Callable[[bytes], Reading]:
    """What reads a line of the format; an unknown format keeps every line verbatim."""
    return FORMATS.get(format_, FORMATS["plain"]).read


@lru_cache
def zone_of(name: str) -> tzinfo:
    """The time zone called ``name``; UTC where there is none such."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return UTC


def moment_of(stamp: Stamp | None, zone: tzinfo, now: datetime) -> tuple[datetime | None, list[str]]:
    """When it happened, and what of that was assumed: a line without year is of the newest that is not to come."""
    if stamp is None:
        return None, []
    if stamp.at is not None:
        if stamp.at.tzinfo is None:
            return stamp.at.replace(tzinfo=zone), ["timezone"]
        return stamp.at, []
    year = (now + AHEAD).astimezone(zone).year
    at = years.moment(stamp, year, zone)
    if at is None or at > now + AHEAD:
        at = years.moment(stamp, year - 1, zone)
    return at, ["timezone", "year"]


def identity(source: str, client: str, number: int) -> bytes:
    """Twelve bytes that name a batch; its entries' ids add their place. The same batch has the same again."""
    if not number:
        client, number = _started, next(_counter)
    return sha256(f"{source}\n{client}\n{number}".encode()).digest()[:12]


def entries_of(
    lines: Sequence[bytes], source: Source, ref: str, name: bytes, first: int, now: datetime
) -> tuple[list[bytes], int]:
    """The entries of ``lines`` (those from place ``first`` of a batch), and how many are kept verbatim.

    Refused FH-IN-05 when one is too long for an entry.
    """
    read, zone, verbatim = reader_of(source.format), zone_of(source.zone), 0
    entries: list[bytes] = []
    for position, line in enumerate(lines, first):
        if len(line) > LONGEST:
            raise refusals.oversized(position + 1, LONGEST)
        id_ = name + position.to_bytes(4, "big")
        reading = read(line)
        at, assumed = moment_of(reading.stamp, zone, now)
        try:
            entry = entry_of_line(id_, line, reading, at, assumed, source.name, ref, now)
        except (BadEntry, ValueError, OverflowError):
            reading = UNREAD
            entry = entry_of_line(id_, line, reading, None, [], source.name, ref, now)
        verbatim += reading.verbatim
        entries.append(entry)
    return entries, verbatim


def entry_of_record(
    record: Record, source: Source, client: str, number: int, position: int, now: datetime
) -> tuple[bytes, bool]:
    """The entry of one OTLP record, and whether it is kept verbatim. A source of another format says it in the body."""
    id_ = identity(source.name, client, number) + position.to_bytes(4, "big")
    own = source.format in ("otlp", "plain", "ndjson", "") or not record.body
    reading = record.reading() if own else reader_of(source.format)(record.body.encode("utf-8", "replace"))
    at, assumed = record.at, list[str]()
    if at is None:
        at, assumed = moment_of(reading.stamp, zone_of(source.zone), now)
    ref = f"{client}/{number}"
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
    return encode(
        Envelope(
            id=identity(OWN_SOURCE, "", 0).hex(), kind="meta", source=OWN_SOURCE, received_at=utc_text(now),
            time=utc_text(now), type=kind, outcome="failure", place=Place(ip=peer), object=object_[:500],
            detail={key: value for key, value in detail.items() if value not in ("", None)},
        ),
        raw,
    )  # fmt: skip


def note_of_line(line: bytes, now: datetime) -> bytes:
    """The same from a line of JSON: ``type``, ``where``, ``object``, ``n`` and ``detail``; kept with the line."""
    said = msgspec.json.decode(line, type=_Note)
    return note(said.type, now, peer=said.where, object_=said.object, raw=line, detail={"n": said.n, **said.detail})
