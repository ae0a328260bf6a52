"""journald's export format, read incrementally, and its entries as syslog messages; pure.

systemd.io/JOURNAL_EXPORT_FORMATS: ``NAME=value`` lines; a value with line feeds or binary bytes is the bare name, a
little-endian 64-bit length, the bytes and a line feed; an empty line ends an entry.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Final

LONGEST = 60_000
LARGEST = 16 << 20
"""Bytes of one field that are held; journald itself allows 768 MiB."""
SD_ID: Final = "journald@0"
"""Structured data of the entry's other fields; 0 is the reserved enterprise number."""
_NAME = re.compile(rb"[A-Z_][A-Z0-9_]{0,63}")
_SAID = frozenset({
    "MESSAGE", "PRIORITY", "SYSLOG_FACILITY", "SYSLOG_IDENTIFIER", "SYSLOG_PID", "SYSLOG_RAW", "SYSLOG_TIMESTAMP",
    "_SOURCE_REALTIME_TIMESTAMP", "_HOSTNAME", "MESSAGE_ID",
})  # fmt: skip

Entry = dict[str, bytes]


class Export:
    """One stream of the export format. ``broken`` counts entries that were none, or held a field past `LARGEST`."""

    def __init__(self) -> None:
        self.broken = 0
        self._held = bytearray()
        self._at = 0
        self._entry: Entry = {}
        self._bad = False
        self._skip = 0

    def feed(self, data: bytes) -> list[Entry]:
        """The entries that ``data`` completes. Of a field that comes twice the last is kept."""
        if self._skip:
            gone = min(self._skip, len(data))
            self._skip -= gone
            data = data[gone:]
        self._held += data
        found: list[Entry] = []
        while self._step(found):
            pass
        del self._held[: self._at]
        self._at = 0
        return found

    def _step(self, found: list[Entry]) -> bool:
        """One line or binary field; False when more must come first."""
        held, at = self._held, self._at
        end = held.find(b"\n", at)
        if end < 0:
            return self._too_long(len(held) - at)
        line = bytes(held[at:end])
        if not line:
            if self._bad:
                self.broken += 1
            elif self._entry:
                found.append(self._entry)
            self._entry, self._bad = {}, False
            self._at = end + 1
            return True
        name, equals, value = line.partition(b"=")
        if equals:
            self._at = end + 1
            return self._field(name, value)
        if len(held) < end + 9:
            return False
        size = int.from_bytes(held[end + 1 : end + 9], "little")
        stop = end + 9 + size
        if size > LARGEST:
            self._bad = True
            self._skip = max(0, stop + 1 - len(held))
            self._at = min(len(held), stop + 1)
            return True
        if len(held) < stop + 1:
            return False
        self._at = stop + 1
        return self._field(name, bytes(held[end + 9 : stop]))

    def _too_long(self, size: int) -> bool:
        if size > LARGEST:  # a line without an end: nothing journald writes
            self._bad, self._at = True, len(self._held)
        return False

    def _field(self, name: bytes, value: bytes) -> bool:
        if _NAME.fullmatch(name):
            self._entry[name.decode()] = value
        else:
            self._bad = True
        return True


def syslog_of(entry: Mapping[str, bytes]) -> bytes:
    """The entry as an RFC 5424 message that holds every field; bytes that are no UTF-8 are escaped.

    At most 60,000 bytes: fields are left out, then the message is cut, and either is said (``cut``).
    """
    pri = _number(entry, "SYSLOG_FACILITY", 1, 23) * 8 + _number(entry, "PRIORITY", 6, 7)
    at = _microseconds(entry)
    time = datetime.fromtimestamp(at // 1_000_000, UTC).replace(microsecond=at % 1_000_000).isoformat() if at else "-"
    words = (
        f"<{pri}>1 {time.replace('+00:00', 'Z')} {_word(entry, '_HOSTNAME', 255)}"
        f" {_word(entry, 'SYSLOG_IDENTIFIER', 48, '_COMM')} {_word(entry, 'SYSLOG_PID', 128, '_PID')}"
        f" {_word(entry, 'MESSAGE_ID', 32)} "
    ).encode()
    message = entry.get("MESSAGE", b"")
    fields = [f' {name}="{_escaped(value)}"'.encode() for name, value in sorted(entry.items()) if name not in _SAID]
    room = LONGEST - len(words) - len(message) - 64
    kept = _that_fit(fields, room)
    cut = b' cut="1"' if len(kept) < len(fields) else b""
    data = b"[" + SD_ID.encode() + b"".join(kept) + cut + b"] "
    whole = words + data + message
    if len(whole) <= LONGEST:
        return whole
    data = b"[" + SD_ID.encode() + b' cut="1"] '
    return (words + data + message)[:LONGEST]


def _that_fit(fields: Sequence[bytes], room: int) -> list[bytes]:
    kept = []
    for field in fields:
        if len(field) <= room:
            kept.append(field)
            room -= len(field)
    return kept


def _number(entry: Mapping[str, bytes], name: str, usual: int, most: int) -> int:
    text = entry.get(name, b"")
    return min(int(text), most) if text.isdigit() and len(text) < 4 else usual


def _microseconds(entry: Mapping[str, bytes]) -> int:
    for name in ("_SOURCE_REALTIME_TIMESTAMP", "__REALTIME_TIMESTAMP"):
        text = entry.get(name, b"")
        if text.isdigit() and len(text) <= 16:
            return int(text)
    return 0


def _word(entry: Mapping[str, bytes], name: str, most: int, other: str = "") -> str:
    text = (entry.get(name) or entry.get(other, b"")).decode("ascii", "replace")
    return re.sub(r"[^!-~]", "_", text)[:most] or "-"


def _escaped(value: bytes) -> str:
    text = value.decode("utf-8", "backslashreplace")
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("]", "\\]")
