"""journald's export format, read incrementally: each record's own bytes, and the cursor after which to go on; pure.

The format: `fanghu.auditlog.parsers.journal`. An empty line ends a record.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from fanghu.auditlog.parsers.journal import CUT, NAME

LONGEST = 60_000
"""Bytes that a record may have in the log."""
HELD = 1 << 20
"""Bytes of one record that are in memory at most (journald allows 768 MiB in one field); its own fields beside it."""
HEAD = 8_000
"""Bytes kept of a message that is too long."""
MOST_CUT = 100
ROOM = LONGEST - HEAD - MOST_CUT * 170 - 200
"""Bytes that the fields of a record have that is too long as a whole: the message's head and what was cut need the rest."""
FIRST: Final = (b"MESSAGE", b"SYSLOG_IDENTIFIER", b"PRIORITY", b"SYSLOG_PID")
MOST_FIELDS = 10_000
"""Fields of a record; journald itself takes 1,024."""
OWN_FIELD = 4_096
"""Bytes of a field of journald's own that is held in any case."""


@dataclass(slots=True)
class Record:
    """One entry: its bytes as they came, without the empty line that ended it; its cursor, "" when it states none."""

    raw: bytes
    cursor: str


class _Field:
    """One field: its bytes as they came, or what is left of one that was too long to be held."""

    __slots__ = ("encoded", "hash", "head", "name", "size")

    def __init__(self, name: bytes, encoded: bytes = b"") -> None:
        self.name, self.encoded, self.head, self.size = name, encoded, b"", 0
        self.hash = sha256()

    def more(self, data: bytes) -> None:
        """Some of a value that is not held."""
        self.head += data[: HEAD - len(self.head)]
        self.size += len(data)
        self.hash.update(data)

    def let_go(self, value: bytes) -> None:
        """Hold no more than the head."""
        self.encoded = b""
        self.more(value)

    @property
    def is_own(self) -> bool:
        """Whether it is journald's own, or says who speaks."""
        return self.name.startswith(b"_") or self.name in FIRST


class Export:
    """One stream of the export format. ``broken`` counts records that were none."""

    def __init__(self) -> None:
        self.broken = 0
        self._held = bytearray()
        self._at = 0
        self._fields: list[_Field] = []
        self._size = 0
        self._cut = False
        self._bad = False
        self._long: _Field | None = None
        self._left = -1
        """Bytes of a value that is not held still to come; -1: up to the next line feed."""

    def feed(self, data: bytes) -> list[Record]:
        """The records that ``data`` completes."""
        self._held += data
        found: list[Record] = []
        while self._step(found):
            pass
        del self._held[: self._at]
        self._at = 0
        return found

    def _step(self, found: list[Record]) -> bool:
        """One line or field, or what came of a long one; False when more must come first."""
        if self._long is not None:
            return self._pass_over(self._long)
        held, at = self._held, self._at
        end = held.find(b"\n", at)
        if end < 0:
            return len(held) - at > LONGEST and self._begin_long_text()
        if end == at:
            self._end_record(found)
            self._at = end + 1
            return True
        name, equals, value = bytes(held[at:end]).partition(b"=")
        if equals:
            self._at = end + 1
            self._field(name, value, bytes(held[at : end + 1]))
            return True
        if len(held) < end + 9:
            return False
        size = int.from_bytes(held[end + 1 : end + 9], "little")
        stop = end + 9 + size
        if size > LONGEST:
            self._long, self._left, self._at = _Field(name), size + 1, end + 9
            return True
        if len(held) < stop + 1:
            return False
        self._at = stop + 1
        self._field(name, bytes(held[end + 9 : stop]), bytes(held[at : stop + 1]))
        return True

    def _begin_long_text(self) -> bool:
        """A line that is too long to be held: its name, then its value passes by."""
        name, equals, _ = bytes(self._held[self._at : self._at + 66]).partition(b"=")
        self._long, self._left = _Field(name if equals else b""), -1
        self._at += len(name) + 1 if equals else 0
        return True

    def _pass_over(self, long: _Field) -> bool:
        """What came of a value that is not held; the line feed after it is none of it."""
        held, at = self._held, self._at
        end = held.find(b"\n", at) if self._left < 0 else at + self._left - 1
        whole = 0 <= end < len(held)
        stop = end if whole else min(len(held), end) if self._left >= 0 else len(held)
        long.more(bytes(held[at:stop]))
        self._at = stop + whole
        if whole:
            self._add(long, 0)
            self._cut, self._long = True, None
        elif self._left >= 0:
            self._left -= stop - at
        return whole

    def _field(self, name: bytes, value: bytes, encoded: bytes) -> None:
        field, size = _Field(name, encoded), len(encoded)
        room = 2 * HELD if field.is_own and size <= OWN_FIELD else HELD
        if self._size + size > room:
            field.let_go(value)
            self._cut, size = True, 0
        self._add(field, size)

    def _add(self, field: _Field, size: int) -> None:
        self._bad = self._bad or not NAME.fullmatch(field.name)
        if len(self._fields) < MOST_FIELDS:
            self._fields.append(field)
        else:
            self._bad = True
        self._size += size

    def _end_record(self, found: list[Record]) -> None:
        fields, bad = self._fields, self._bad
        too_long = self._cut or self._size > LONGEST
        self._fields, self._size, self._cut, self._bad = [], 0, False, False
        if bad:
            self.broken += 1
        elif fields:
            raw = _shortened(fields) if too_long else b"".join(field.encoded for field in fields)
            found.append(Record(raw, _cursor(fields)))


def _cursor(fields: list[_Field]) -> str:
    held = next((field.encoded for field in fields if field.name == b"__CURSOR"), b"")
    return held.partition(b"=")[2].rstrip(b"\n").decode("ascii", "replace")


def _shortened(fields: list[_Field]) -> bytes:
    """A record that is too long, of `LONGEST` bytes at most: what says who spoke first; each field left out is named."""
    room, kept = ROOM, set[int]()
    for place in sorted(range(len(fields)), key=lambda place: not fields[place].is_own):
        size = len(fields[place].encoded)
        if size and size <= room:
            kept.add(place)
            room -= size
    parts, cut = list[bytes](), list[bytes]()
    for place, field in enumerate(fields):
        if place in kept:
            parts.append(field.encoded)
            continue
        if field.encoded:
            field.let_go(_value(field))
        if field.name == b"MESSAGE" and not any(part.startswith(b"MESSAGE\n") for part in parts):
            parts.append(b"MESSAGE\n" + len(field.head).to_bytes(8, "little") + field.head + b"\n")
        cut.append(b"%s=%s %d %s\n" % (CUT.encode(), field.name, field.size, field.hash.hexdigest().encode()))
    if len(cut) > MOST_CUT:
        cut[MOST_CUT - 1 :] = [b"%s=%d more\n" % (CUT.encode(), len(cut) - MOST_CUT + 1)]
    return b"".join(parts + cut)


def _value(field: _Field) -> bytes:
    """The value of a field that is held."""
    at = len(field.name)
    return field.encoded[at + 1 : -1] if field.encoded[at : at + 1] == b"=" else field.encoded[at + 9 : -1]
