"""Messages out of a stream of syslog: octet-counted or ended by a line feed, told apart frame by frame; pure.

RFC 5425 section 4.3 and RFC 6587 section 3.4.1 (``MSG-LEN SP SYSLOG-MSG``), RFC 6587 section 3.4.2 (ended by a line
feed, here also after a carriage return). A count is one only before the ``<`` of a message: "10 green" is a line.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

LONGEST = 60_000
"""Bytes one message may hold; an entry of the log holds 65,535 with its envelope."""
DIGITS = 10
_COUNTED = re.compile(rb"([1-9][0-9]{0,9}) <")
_COUNTED_LATER = re.compile(rb"\n[1-9][0-9]{0,9} <")


@dataclass(slots=True)
class Framing:
    """One stream. What is held never grows past one message, whatever comes and however it is cut.

    ``overlong`` counts messages of more than ``longest`` bytes: skipped, not held. ``torn`` counts those whose stream
    ended before their count was reached: the sender has them still, half of one would be taken for the whole.
    """

    longest: int = LONGEST
    overlong: int = 0
    torn: int = 0
    _held: bytes = b""
    _wanted: int = 0
    """How long a counted message is with its count; 0 for a line."""
    _skip: int = 0
    """Octets of an overlong counted message still to come."""
    _to_line_feed: bool = field(default=False)
    """Whether everything up to the next line feed belongs to an overlong line."""

    @property
    def amid(self) -> bool:
        """Whether a message has begun and not ended."""
        return bool(self._held or self._skip or self._to_line_feed)

    @property
    def held(self) -> int:
        """Bytes in memory."""
        return len(self._held)

    def feed(self, data: bytes) -> list[bytes]:
        """The messages that ``data`` completes, in order, without what framed them; empty ones are left out."""
        if self._skip:
            gone = min(self._skip, len(data))
            self._skip -= gone
            data = data[gone:]
        if self._to_line_feed:
            end = data.find(b"\n")
            if end < 0:
                return []
            self._to_line_feed = False
            data = data[end + 1 :]
        if self._held:
            is_line = not self._wanted and not _may_be_count(self._held)
            whole = self._held + data
            if len(whole) < self._wanted or (is_line and b"\n" not in data and len(whole) <= self.longest + 1):
                self._held = whole  # nothing ends here: not looked at again from its beginning
                return []
            data, self._held, self._wanted = whole, b"", 0
        return [message for message in self._cut(data) if message]

    def end(self) -> list[bytes]:
        """What is left when the stream ended: a line without its line feed counts, half a counted message does not."""
        rest, self._held = self._held, b""
        self._skip, self._to_line_feed = 0, False
        if _COUNTED.match(rest):
            self.torn += 1
            return []
        line = rest.removesuffix(b"\r")
        if len(line) > self.longest:
            self.overlong += 1
            return []
        return [line] if line else []

    def _cut(self, data: bytes) -> list[bytes]:
        found: list[bytes] = []
        at, size = 0, len(data)
        while at < size:
            counted = _COUNTED.match(data, at)
            if counted:
                begin = counted.end() - 1
                stop = begin + int(counted[1])
                if stop - begin > self.longest:
                    self.overlong += 1
                    self._skip = max(0, stop - size)
                    at = min(stop, size)
                    continue
                if stop > size:
                    self._keep(data[at:], stop - at)
                    return found
                found.append(_trimmed(data[begin:stop]))
                at = stop
                continue
            if size - at <= DIGITS + 1 and _may_be_count(data[at:]):
                self._keep(data[at:], 0)
                return found
            later = _COUNTED_LATER.search(data, at)
            at = self._lines(data, at, later.start() + 1 if later else size, found)
        return found

    def _lines(self, data: bytes, at: int, stop: int, found: list[bytes]) -> int:
        """The lines from ``at``, none counted before ``stop``; returns how far they went."""
        last = data.rfind(b"\n", at, stop)
        if last >= 0:
            lines = data[at : last + 1].replace(b"\r\n", b"\n").split(b"\n")
            if last - at > self.longest:
                whole = len(lines)
                lines = [line for line in lines if len(line) <= self.longest]
                self.overlong += whole - len(lines)
            found += lines
            at = last + 1
        rest = stop - at
        if not rest or (rest <= DIGITS + 1 and _may_be_count(data[at:stop])):
            return at  # the caller waits: a count may be on its way
        if rest > self.longest + 1:  # one more: its last may be the carriage return of a line that just fits
            self.overlong += 1
            self._to_line_feed = True
        else:
            self._keep(data[at:stop], 0)
        return stop

    def _keep(self, rest: bytes, wanted: int) -> None:
        self._held, self._wanted = rest, wanted


def _trimmed(message: bytes) -> bytes:
    """Without a line feed at the end, which some senders count with the message."""
    return message.removesuffix(b"\n").removesuffix(b"\r")


def _may_be_count(start: bytes) -> bool:
    """Whether more bytes could make ``start`` the count before a message."""
    digits = start.removesuffix(b" ")
    return digits.isdigit() and len(digits) <= DIGITS and digits[:1] != b"0"
