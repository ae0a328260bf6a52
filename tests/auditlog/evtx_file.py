"""A writer of small .evtx files: chunks, records and binary XML with templates, as Windows lays them out ([MS-EVEN6], libevtx)."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

CHUNK: Final = 65_536
HEADER: Final = 4_096
_EPOCH = datetime(1601, 1, 1, tzinfo=UTC)
NAMESPACE = "http://schemas.microsoft.com/win/2004/08/events/event"
_STRING, _U16, _U64, _FILETIME = 0x01, 0x06, 0x0A, 0x11


@dataclass(frozen=True, slots=True)
class Event:
    """One event; ``data`` are the names and values of its EventData, or of ``user_data``'s element where that is named."""

    record: int
    number: int
    at: datetime
    data: dict[str, str] = field(default_factory=dict)
    channel: str = "Security"
    computer: str = "DC01.example.test"
    user_data: str = ""
    padding: int = 0
    """So many letters stand in the template itself, which every event of the chunk repeats."""


def evtx_file(events: Sequence[Event], *, per_chunk: int = 50) -> bytes:
    """A whole file; each chunk holds ``per_chunk`` events."""
    parts = [events[start : start + per_chunk] for start in range(0, len(events), per_chunk)]
    chunks = [_chunk(part) for part in parts]
    last = events[-1].record + 1 if events else 1
    head = struct.pack(
        "<8sQQQIHHHH76sI", b"ElfFile\0", 0, max(len(chunks) - 1, 0), last, 128, 1, 3, HEADER, len(chunks), b"", 0
    )
    head += struct.pack("<I", zlib.crc32(head[:120]))
    return head.ljust(HEADER, b"\0") + b"".join(chunks)


def _chunk(events: Sequence[Event]) -> bytes:
    body, templates, last = b"", dict[tuple[str, ...], int](), 512
    for event in events:
        last = 512 + len(body)
        body += _record(event, last, templates)
    assert 512 + len(body) <= CHUNK, "too many events for one chunk"
    first, final = events[0].record, events[-1].record
    head = struct.pack("<8sQQQQIIII64sI", b"ElfChnk\0", first, final, first, final, 128, last, 512 + len(body),
                       zlib.crc32(body), b"", 0)  # fmt: skip
    tables = bytes(384)
    head += struct.pack("<I", zlib.crc32(head[:120] + tables)) + tables
    return (head + body).ljust(CHUNK, b"\0")


def _record(event: Event, place: int, templates: dict[tuple[str, ...], int]) -> bytes:
    shape = (event.user_data, *event.data)
    start = place + 24
    xml = b"\x0f\x01\x01\x00\x0c\x01" + struct.pack("<I", 7)
    known = templates.get(shape)
    if known is None:
        known = templates[shape] = start + len(xml) + 4
        xml += struct.pack("<I", known) + _Template(known, event).bytes
    else:
        xml += struct.pack("<I", known)
    ticks = (event.at - _EPOCH) // timedelta(microseconds=1) * 10
    values = [
        (_U16, struct.pack("<H", event.number)), (_FILETIME, struct.pack("<Q", ticks)),
        (_U64, struct.pack("<Q", event.record)),
        *((_STRING, text.encode("utf-16-le")) for text in (event.channel, event.computer, *event.data.values())),
    ]  # fmt: skip
    xml += struct.pack("<I", len(values))
    xml += b"".join(struct.pack("<HBB", len(value), kind, 0) for kind, value in values)
    xml += b"".join(value for _kind, value in values)
    size = 24 + len(xml) + 4
    size += -size % 8
    xml = xml.ljust(size - 28, b"\0")
    return struct.pack("<4sIQQ", b"**\0\0", size, event.record, ticks) + xml + struct.pack("<I", size)


class _Template:
    """The definition of a template at ``place`` of its chunk: the event's XML, values left open by number."""

    def __init__(self, place: int, event: Event) -> None:
        self._at = place + 24
        self._bytes = b""
        self._add(b"\x0f\x01\x01\x00")
        inner = [("Data", {"Name": name}, 5 + number, _STRING) for number, name in enumerate(event.data)]
        self._open("Event", {"xmlns": NAMESPACE})
        self._open("System")
        self._leaf("Provider", {"Name": "Microsoft-Windows-Security-Auditing"})
        self._leaf("EventID", {}, 0, _U16)
        self._leaf("TimeCreated", {"SystemTime": (1, _FILETIME)})
        self._leaf("EventRecordID", {}, 2, _U64)
        self._leaf("Channel", {}, 3, _STRING)
        self._leaf("Computer", {}, 4, _STRING)
        self._add(b"\x04")
        self._open("UserData" if event.user_data else "EventData")
        if event.user_data:
            self._open(event.user_data, {"xmlns": "http://manifests.microsoft.com/win/2004/08/windows/eventlog"})
            for number, name in enumerate(event.data):
                self._leaf(name, {}, 5 + number, _STRING)
            self._add(b"\x04")
        for name, marks, number, kind in [] if event.user_data else inner:
            self._leaf(name, dict(marks), number, kind)
        self._add(b"\x04")
        if event.padding:
            self._add(struct.pack("<BBH", 0x05, _STRING, event.padding) + ("x" * event.padding).encode("utf-16-le"))
        self._add(b"\x04\x00")
        self.bytes = struct.pack("<I16sI", 0, b"fanghu-template!", len(self._bytes)) + self._bytes

    def _add(self, more: bytes) -> None:
        self._bytes += more

    def _name(self, name: str) -> None:
        here = self._at + len(self._bytes) + 4
        text, hash_ = name.encode("utf-16-le"), 0
        for letter in name:
            hash_ = (hash_ * 65_599 + ord(letter)) & 0xFFFFFFFF
        self._add(struct.pack("<IIHH", here, 0, hash_ & 0xFFFF, len(name)) + text + b"\0\0")

    def _start(self, name: str, marks: dict[str, str | tuple[int, int]]) -> None:
        self._add(struct.pack("<BHI", 0x41 if marks else 0x01, 0xFFFF, 0))  # readers do not need an element's size
        self._name(name)
        if not marks:
            return
        hole = len(self._bytes)
        self._add(bytes(4))
        for number, (key, value) in enumerate(marks.items(), 1):
            self._add(b"\x46" if number < len(marks) else b"\x06")
            self._name(key)
            if isinstance(value, str):
                self._add(struct.pack("<BBH", 0x05, _STRING, len(value)) + value.encode("utf-16-le"))
            else:
                self._add(struct.pack("<BHB", 0x0D, *value))
        self._bytes = self._bytes[:hole] + struct.pack("<I", len(self._bytes) - hole - 4) + self._bytes[hole + 4 :]

    def _open(self, name: str, marks: dict[str, str] | None = None) -> None:
        self._start(name, dict(marks or {}))
        self._add(b"\x02")

    def _leaf(
        self, name: str, marks: dict[str, str | tuple[int, int]] | dict[str, str], number: int = -1, kind: int = 0
    ) -> None:
        self._start(name, dict(marks))
        self._add(b"\x03" if number < 0 else b"\x02" + struct.pack("<BHB", 0x0D, number, kind) + b"\x04")
