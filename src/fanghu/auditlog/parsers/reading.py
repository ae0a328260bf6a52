"""One record as read, and the head that lines of Linux systems share; pure.

The source's bytes are the evidence; what is read from them only finds it again.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Literal, NamedTuple

import msgspec

MONTHS = {name: number for number, name in enumerate(
    ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"), 1)}  # fmt: skip
VERBATIM = "line.verbatim"
Outcome = Literal["success", "failure", ""]
Values = dict[str, str | int]

_HEAD = re.compile(
    r"(?:<(?P<pri>\d{1,3})>)?(?:(?P<month>[A-Z][a-z]{2}) +(?P<day>\d{1,2}) (?P<clock>\d\d:\d\d:\d\d)"
    r"|(?P<iso>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?(?:Z|[+-]\d\d:?\d\d)))"
    r" (?P<host>\S+) (?P<program>[^\s:\[]+)(?:\[(?P<pid>\d{1,10})\])?: ?(?P<text>.*)",
    re.DOTALL,
)
_REPEATED = re.compile(r"message repeated (?P<times>\d{1,6}) times: \[ ?")


class Stamp(msgspec.Struct, frozen=True, gc=False):
    """The time a line carries: whole (``at``; without zone when none is stated), or without year (month, day, clock)."""

    at: datetime | None = None
    month: int = 0
    day: int = 0
    clock: str = ""


class Reading(msgspec.Struct, frozen=True):
    """One record as read. ``times`` is how often it happened (``message repeated n times``)."""

    stamp: Stamp | None
    host: str = ""
    type: str = VERBATIM
    outcome: Outcome = ""
    actor: str = ""
    place: str = ""
    times: int = 1
    detail: Values = {}
    app: str = ""
    object: str = ""

    @property
    def verbatim(self) -> bool:
        """Whether it could not be read and is kept as it stands."""
        return self.type == VERBATIM


UNREAD = Reading(stamp=None)


class Head(NamedTuple):
    """The head of a line as syslog daemons write it, and the text that follows."""

    stamp: Stamp
    host: str
    program: str
    pid: int
    text: str
    times: int
    priority: int

    @property
    def detail(self) -> Values:
        """What the head itself adds."""
        found: Values = {"pid": self.pid} if self.pid else {}
        if self.priority >= 0:
            found["severity"] = self.priority % 8
        return found


def head_of(line: bytes) -> Head | None:
    """Read the head of ``line`` (a carriage return at its end is allowed); None where there is none."""
    found = _HEAD.fullmatch(line.decode("utf-8", "backslashreplace").rstrip("\r\n"))
    stamp = _stamp(found) if found else None
    if found is None or stamp is None:
        return None
    times, text = 1, found["text"]
    repeated = _REPEATED.match(text)
    if repeated and (within := text.rstrip()).endswith("]"):
        times, text = max(1, int(repeated["times"])), within[repeated.end() : -1].rstrip()
    program = found["program"].rsplit("/", 1)[-1]
    return Head(stamp, found["host"], program, int(found["pid"] or 0), text, times, int(found["pri"] or -1))


def stamp_of(line: bytes) -> Stamp | None:
    """The time at the head of ``line``, or None; cheap, for a first pass over a file."""
    found = _HEAD.fullmatch(line[:160].decode("latin-1").rstrip("\r\n"))
    return _stamp(found) if found else None


def whole(text: str) -> Stamp | None:
    """The stamp of an RFC 3339 or ISO 8601 time; None for anything else."""
    try:
        return Stamp(at=datetime.fromisoformat(text))
    except ValueError:
        return None


def _stamp(found: re.Match[str]) -> Stamp | None:
    if found["iso"]:
        return whole(found["iso"])
    month, day = MONTHS.get(found["month"], 0), int(found["day"])
    hour, minute, second = (int(part) for part in found["clock"].split(":"))
    if not month or not 1 <= day <= 31 or hour > 23 or minute > 59 or second > 60:
        return None
    return Stamp(month=month, day=day, clock=found["clock"])
