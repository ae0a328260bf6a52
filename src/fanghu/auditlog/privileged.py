"""What administrators did, read once from a log in its own order and summed by day; no Django.

Of our own events: those of accounts that hold the administrator role, as the log itself tells who does, and those of the
command line. Of other systems' records: privileged kinds, and sessions of accounts that rule a machine or a database.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from fanghu.auditlog.parsers.kinds import PRIVILEGED
from fanghu.auditlog.record import LogRecord
from fanghu.auditlog.tallies import DAY_MS, TAIPEI_MS
from fanghu.events.doer import is_command

SUPERUSERS = frozenset({"root", "administrator", "postgres", "sa", "sys", "system"})
ENTRIES = frozenset({"session.opened", "signin.succeeded"})
TELLING = frozenset({"account.created", "account.roles_changed", "administrator.enrolled"})
"""Own events that say who holds the administrator role from then on."""

ROLE = "administrator"
HOUR_MS = 3_600_000


@dataclass(frozen=True, slots=True)
class Deeds:
    """What is summed: one actor's records of one type on one kind of object, from one place, in one hour of a day.

    ``day`` is a Taipei day, numbered from 1970-01-01; ``hour`` 0 … 23 in Taipei.
    """

    source: str
    day: int
    actor: str
    type: str
    kind: str
    hour: int
    place: str


@dataclass(slots=True)
class Sum:
    """How many records, how often they say it happened, the first and last time (ms UTC) and entry."""

    records: int = 0
    times: int = 0
    first_ms: int = 0
    last_ms: int = 0
    first_index: int = 0
    last_index: int = 0

    def add(self, other: Sum) -> None:
        """Take another sum in."""
        if not self.records:
            self.first_ms, self.first_index = other.first_ms, other.first_index
            self.last_ms, self.last_index = other.last_ms, other.last_index
        self.records += other.records
        self.times += other.times
        self.first_ms, self.last_ms = min(self.first_ms, other.first_ms), max(self.last_ms, other.last_ms)
        self.first_index = min(self.first_index, other.first_index)
        self.last_index = max(self.last_index, other.last_index)


@dataclass(slots=True)
class Stretch:
    """What a stretch of a log adds. ``came`` is when (ms) the newest record of a source's day came in, ``begun`` when a
    source's first record did; ``administrators`` are accounts by how they came to it (``kind`` or ``role``).
    """

    administrators: dict[str, str]
    sums: dict[Deeds, Sum] = field(default_factory=dict)
    came: dict[tuple[str, int], int] = field(default_factory=dict)
    begun: dict[str, int] = field(default_factory=dict)


def summed(records: Iterable[LogRecord], administrators: dict[str, str], also: frozenset[str]) -> Stretch:
    """Read records in the log's order; ``also`` are actors known to be administrators though no event here says so."""
    found = Stretch(dict(administrators))
    for record in records:
        if record.source not in found.begun:
            found.begun[record.source] = record.received_ms
        if record.kind == "event" and record.type in TELLING:
            _learn(record, found.administrators)
        if not by_administrator(record, found.administrators, also):
            continue
        deeds, sum_ = _deeds(record)
        found.sums.setdefault(deeds, Sum()).add(sum_)
        day = (deeds.source, deeds.day)
        found.came[day] = max(found.came.get(day, 0), record.received_ms)
    return found


def by_administrator(record: LogRecord, administrators: dict[str, str], also: frozenset[str] = frozenset()) -> bool:
    """Whether an administrator did what the record tells."""
    if record.kind == "event":
        return is_command(record.actor) or record.actor in administrators or record.actor in also
    if record.type in PRIVILEGED:
        return True
    return record.type in ENTRIES and record.outcome != "failure" and record.actor.lower() in SUPERUSERS


def _learn(record: LogRecord, administrators: dict[str, str]) -> None:
    detail, who = record.detail, record.object
    roles = detail.get("after", detail.get("roles", ()))
    if detail.get("kind") == "admin" or record.type == "administrator.enrolled":
        administrators[who] = "kind"
    elif isinstance(roles, list) and ROLE in roles:
        administrators.setdefault(who, "role")
    elif record.type == "account.roles_changed" and administrators.get(who) == "role":
        del administrators[who]


def _deeds(record: LogRecord) -> tuple[Deeds, Sum]:
    at = record.at_ms
    local = at + TAIPEI_MS
    kind = record.object.partition(":")[0].split(" ")[0][:60]
    deeds = Deeds(
        record.source, local // DAY_MS, record.actor[:255], record.type[:100], kind, local % DAY_MS // HOUR_MS,
        (record.place or record.host)[:255],
    )  # fmt: skip
    return deeds, Sum(1, record.times, at, at, record.index, record.index)
