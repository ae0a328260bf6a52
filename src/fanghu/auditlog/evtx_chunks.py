"""How a Windows event log (.evtx) lies on disk: chunks of 64 KiB, in each the records one after another; pure.

The library reads what a record says. Where records stand is read here as well, so that one which the library cannot
read, or never comes to, is known, named and kept instead of missing.
"""

from __future__ import annotations

import base64
import struct
import zlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Final

import msgspec

MAGIC: Final = b"ElfFile\0"
HEAD: Final = 4_096
CHUNK: Final = 65_536
RECORDS: Final = 512
"""Where a chunk's first record stands."""
MARKER: Final = "evtx_unread"
NO_RECORD: Final = 2**64 - 1
READY: Final = b"ready\n"
"""What the process that reads says first."""

_CHUNK_MAGIC, _RECORD_MAGIC = b"ElfChnk\0", b"**\0\0"
_RECORD = struct.Struct("<4sIQQ")
_SMALLEST = _RECORD.size + 4
_EPOCH = datetime(1601, 1, 1, tzinfo=UTC)
_ROOM = 56_000  # bytes of a marker's packed evidence, so that the marker is one entry of the log


@dataclass(frozen=True, slots=True)
class Span:
    """Bytes ``start`` to ``end`` of a chunk: a record by its number, or what stands where a record should (None)."""

    start: int
    end: int
    record: int | None
    written: int = 0


def spans(chunk: bytes) -> list[Span]:
    """The records of a chunk in order, and between them what is none.

    A log copied while it was open may hold more records than its chunk's head says; they are taken while their numbers go on.
    """
    found: list[Span] = []
    stated = min(max(struct.unpack_from("<I", chunk, 48)[0], RECORDS), len(chunk))
    at, last = RECORDS, NO_RECORD
    while at < len(chunk):
        span = _record(chunk, at)
        if span is None or (at >= stated and span.record != last + 1):
            if at >= stated:
                break
            at = _next(chunk, at, stated)
            continue
        if found and found[-1].end < at:
            found.append(Span(found[-1].end, at, None))
        elif not found and at > RECORDS:
            found.append(Span(RECORDS, at, None))
        found.append(span)
        at, last = span.end, span.record if span.record is not None else NO_RECORD
    reached = found[-1].end if found else RECORDS
    if reached < stated and any(chunk[reached:stated]):
        found.append(Span(reached, stated, None))
    return found


def bridged(chunk: bytes, found: list[Span]) -> bytes:
    """The chunk as the library is given it: what is no record is made one that it steps over, to reach those behind."""
    patched = bytearray(chunk)
    for span in found:
        if span.record is None and span.end - span.start >= _SMALLEST:
            size = span.end - span.start
            _RECORD.pack_into(patched, span.start, _RECORD_MAGIC, size, NO_RECORD, 0)
            struct.pack_into("<I", patched, span.end - 4, size)
    if found:
        struct.pack_into("<I", patched, 48, max(found[-1].end, *struct.unpack_from("<I", chunk, 48)))
    return bytes(patched)


def is_chunk(chunk: bytes) -> bool:
    """Whether it says so of itself."""
    return chunk.startswith(_CHUNK_MAGIC)


def checks(chunk: bytes) -> bool:
    """Whether both checksums of a chunk hold."""
    stated = struct.unpack_from("<I", chunk, 48)[0]
    return bool(
        RECORDS <= stated <= len(chunk)
        and zlib.crc32(chunk[RECORDS:stated]) == struct.unpack_from("<I", chunk, 52)[0]
        and zlib.crc32(chunk[:120] + chunk[128:RECORDS]) == struct.unpack_from("<I", chunk, 124)[0]
    )


def marker(why: str, number: int, data: bytes = b"", span: Span | None = None) -> bytes:
    """The line kept in place of what cannot be read: ``why``, where it stands in the file, and its bytes as they are.

    Without ``span`` it is all of chunk ``number`` (from 0). ``data`` is empty where the evidence stands in other lines.
    """
    said: dict[str, str | int] = {"why": why, "chunk": number, "offset": HEAD + number * CHUNK}
    if span is not None:
        said["offset"] = HEAD + number * CHUNK + span.start
        if span.record is not None:
            said["record"] = span.record
            said["written"] = _time(span.written)
    if data:
        said["size"], said["sha256"] = len(data), sha256(data).hexdigest()
        packed = base64.b64encode(zlib.compress(data, 9)).decode()
        if len(packed) <= _ROOM:
            said["zlib_base64"] = packed
    return msgspec.json.encode({MARKER: said})


def _record(chunk: bytes, at: int) -> Span | None:
    if at + _SMALLEST > len(chunk):
        return None
    magic, size, record, written = _RECORD.unpack_from(chunk, at)
    if magic != _RECORD_MAGIC or not _SMALLEST <= size <= len(chunk) - at:
        return None
    if struct.unpack_from("<I", chunk, at + size - 4)[0] != size:
        return None
    return Span(at, at + size, record, written)


def _next(chunk: bytes, at: int, stated: int) -> int:
    """Where the next record may begin behind ``at``; ``stated``, the records' end, where none does."""
    found = chunk.find(_RECORD_MAGIC, at + 1, stated)
    return found if found >= 0 else stated


def _time(ticks: int) -> str:
    """A FILETIME as RFC 3339; "" for one that no calendar holds."""
    try:
        return (_EPOCH + timedelta(microseconds=ticks // 10)).isoformat()
    except OverflowError:
        return ""
