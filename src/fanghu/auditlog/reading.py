"""What others may ask of the audit log: its state, events of one type, what it counts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from django.conf import settings
from django.db.models import Min
from django.utils.translation import get_language

from fanghu.auditlog.actions import index, indexes, places
from fanghu.auditlog.checkpoints import newest_kept
from fanghu.auditlog.completeness import Census
from fanghu.auditlog.index import Newest
from fanghu.auditlog.models import KeptCheckpoint, OtherLog, RelayState
from fanghu.auditlog.query import Query
from fanghu.auditlog.tallies import SourceTally
from fanghu.auditlog.vault import SealedLog
from fanghu.events.models import OutboxEvent
from fanghu.events.schema import AuditEvent
from fanghu.regulation import load

FRESH_DAYS = int(load(settings.FANGHU_EDITION).duties["4.11"].limits["checkpoint_days"].value)
"""How long a checkpoint held off the machine counts as fresh (4.11)."""


GONE = "資料夾不見了 / its folder is gone"


class Counted(NamedTuple):
    """What the indexes say of every source."""

    census: dict[str, Census]
    tallied: dict[str, SourceTally]
    newest: dict[str, Newest]


COUNTED = 20_000
"""Entries of each other log that counting brings its index up by: a tenth of a second; the indexing process does the rest."""
_counted: dict[str, Any] = {}


@dataclass(frozen=True, slots=True)
class LogState:
    """The log as this database knows it; no file is read. ``root`` is hex; ``pending`` events wait to be sealed."""

    size: int
    root: str
    sealed_at: datetime | None
    pending: int
    oldest_pending_at: datetime | None
    finding: str
    verified_at: datetime | None
    verified_ok: bool | None
    verified_size: int
    kept_checkpoint: KeptCheckpoint | None

    @property
    def troubled(self) -> bool:
        """Whether a person must look: a finding, or a verification that failed."""
        return bool(self.finding) or self.verified_ok is False

    def kept_fresh(self, now: datetime) -> bool:
        """Whether a checkpoint taken off the machine is still fresh."""
        return self.kept_checkpoint is not None and (now - self.kept_checkpoint.kept_at).days < FRESH_DAYS


def state() -> LogState:
    """Three queries."""
    relay = RelayState.objects.filter(pk=1).first() or RelayState(pk=1)
    waiting = OutboxEvent.objects.filter(sealed_at=None).order_by()
    oldest = waiting.aggregate(at=Min("created_at"))["at"]
    return LogState(
        size=relay.sealed_size,
        root=relay.root,
        sealed_at=relay.sealed_at,
        pending=waiting.count() if oldest else 0,
        oldest_pending_at=oldest,
        finding=relay.finding,
        verified_at=relay.verified_at,
        verified_ok=relay.verified_ok,
        verified_size=relay.verified_size,
        kept_checkpoint=newest_kept(),
    )


def other_logs() -> list[OtherLog]:
    """Every log beside our own as last verified, by name; among them those never verified, and those that are gone."""
    known = {row.name: row for row in OtherLog.objects.all()}
    here = {name for name in indexes().logs if name}
    for name in known.keys() - here:
        known[name].verified_ok, known[name].finding = False, GONE
    return [known.get(name) or OtherLog(name=name) for name in sorted(known.keys() | here)]


@dataclass(frozen=True)
class Witnessed:
    """One log and who vouches for it from outside; "" and None where nobody does, then ``refusal`` may say why."""

    log: str
    size: int
    witness: str
    at: datetime | None
    held: int
    refusal: str

    def fresh(self, now: datetime) -> bool:
        """Whether it is new enough for 4.11."""
        return self.at is not None and (now - self.at).days < FRESH_DAYS


def witnessed() -> list[Witnessed]:
    """Every log here, our own first, with its witness; two queries."""
    own = KeptCheckpoint.objects.filter(where__startswith="witness ").order_by("-kept_at").first()
    others = {row.name: row for row in OtherLog.objects.all()}
    found = []
    for name, log in sorted(indexes().logs.items()):
        if not name:
            witness = own.where.removeprefix("witness ") if own else ""
            found.append(Witnessed("", log.size, witness, own.kept_at if own else None, own.size if own else 0, ""))
        else:
            row = others.get(name) or OtherLog(name=name)
            zh, _line, en = row.refusal.partition("\n")
            why = zh if (get_language() or "zh").startswith("zh") else en or zh
            found.append(Witnessed(name, log.size, row.witness, row.witnessed_at, row.witnessed_size, why))
    return found


def events(type_: str, since: datetime | None = None) -> Iterator[tuple[int, AuditEvent]]:
    """Our own sealed events of one type, oldest first, with their place in the log; read from the log itself."""
    if not (places().folder / "checkpoint").exists():
        return
    log, base = SealedLog(places().folder), index()
    base.catch_up(log)
    for found in log.records_at(base.find(Query({"type": (type_,), "kind": ("event",)}, since=since))):
        if found.event is not None and found.event.type == type_:
            yield found.index, found.event


def events_between(start: int, stop: int, types: frozenset[str]) -> Iterator[tuple[int, AuditEvent]]:
    """Our own sealed events of ``types`` among the entries ``start`` … ``stop - 1``, in the log's own order."""
    if start >= stop or not (places().folder / "checkpoint").exists():
        return
    for found in SealedLog(places().folder).records(start, stop):
        if found.event is not None and found.event.type in types:
            yield found.index, found.event


def events_until(type_: str, until: datetime) -> int:
    """How many sealed events of our own of one type are older than ``until``."""
    if not (places().folder / "checkpoint").exists():
        return 0
    log, base = SealedLog(places().folder), index()
    base.catch_up(log)
    return base.count(Query({"type": (type_,), "kind": ("event",)}, until=until))[0]


def census() -> dict[str, Census]:
    """Completeness of records by source; the index is brought up to the log first, and one log counted once."""
    return _count().census


def tallied() -> dict[str, SourceTally]:
    """What each source's log adds up to, counted together with the census."""
    return _count().tallied


def last_of_sources() -> dict[str, Newest]:
    """The newest record of every source: its own time, when it came in, and how many there are; counted with the census."""
    return _count().newest


def _count() -> Counted:
    every = indexes()
    if not every.logs:
        return Counted({}, {}, {})
    mark = every.mark()
    if _counted.get("mark") != mark:
        every.catch_up(others=COUNTED, seconds=2)
        found = Counted(every.census(), every.tallied(), every.newest())
        _counted.update(mark=every.mark(), found=found)
    counted: Counted = _counted["found"]
    return counted


def checkpoint_text() -> str:
    """The current signed checkpoint, for sign-offs, exports and evidence pages; "" while there is no log."""
    path = Path(settings.HOME) / "log" / "checkpoint"
    return path.read_text() if path.exists() else ""
