"""Follows canaries into the intake's log: sealed with which bytes, proved by the pinned key, indexed, found by a search."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path

from fanghu.auditlog.actions import indexes, search
from fanghu.auditlog.query import Query
from fanghu.auditlog.record import LogRecord
from fanghu.auditlog.tracing import included, signed_checkpoint
from fanghu.auditlog.vault import SealedLog
from fanghu.events.doer import Doer
from fanghu.intake.canaries.sending import Canary
from fanghu.intake.plan import LOG
from fanghu.keys.locations import LogPlaces
from fanghu.tlog.damage import LogMissing

MOST = 2_000
"""Entries by which the search may bring our own log's index up first."""
EARLIER = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Sealed:
    """Where a canary lies, whether its bytes are those that were sent, whether it is proved to lie there."""

    index: int
    digest: str
    at: datetime
    unaltered: bool
    proved: bool


@dataclass(slots=True)
class Trail:
    """The entries of these sources that were sealed since this was made; each is looked at once."""

    home: Path
    sources: Collection[str]
    at: int = field(init=False)

    def __post_init__(self) -> None:
        """From what is sealed now on."""
        self.at = self._size()

    def look(self, canaries: Sequence[Canary], now: datetime) -> Iterator[tuple[Canary, Sealed]]:
        """Those of ``canaries`` that are sealed now. LogDamaged where what was sealed cannot be read."""
        size = self._size()
        if size <= self.at or not canaries:
            return
        log, places = SealedLog(self._places.folder, LOG), self._places
        found = [
            (canary, record)
            for record in log.records(self.at, size)
            for canary in canaries
            if canary.mark.encode() in record.entry.raw and record.source in self.sources
        ]
        self.at = size
        signed = signed_checkpoint(places) if found else None
        for canary, record in found:
            proved = signed is not None and included(record, log, signed)
            yield canary, Sealed(record.index, digest(record), now, _unaltered(canary, record), proved)

    @property
    def _places(self) -> LogPlaces:
        return LogPlaces(self.home, LOG)

    def _size(self) -> int:
        try:
            return SealedLog(self._places.folder, LOG).size
        except LogMissing:
            return 0


def digest(record: LogRecord) -> str:
    """Hex SHA-256 of the source's bytes."""
    return sha256(record.entry.raw).hexdigest()


def record_at(index: int) -> LogRecord:
    """One sealed entry of the intake's log. IndexError, LogDamaged, LogMissing where there is none."""
    places = LogPlaces(indexes().home, LOG)
    return LogRecord(index, SealedLog(places.folder, LOG).reader.entry(index), LOG)


def indexed() -> int:
    """How far the search index goes as the keeper keeps it; it is not brought up here."""
    other = indexes().others.get(LOG)
    return other.lake.ledger.reach()[1] if other else 0


def searched(sources: Iterable[str], since: datetime, *, by: Doer, now: datetime) -> dict[int, tuple[str, bool]]:
    """What a search for these sources finds: by index the digest of the bytes, and whether they are proved to lie there."""
    query = Query({"source": tuple(sources)}, since=since - EARLIER)
    records = [record for record in search(query, by=by, now=now, most=MOST) if record.log == LOG]
    places = LogPlaces(indexes().home, LOG)
    signed = signed_checkpoint(places)
    log = SealedLog(places.folder, LOG)
    return {
        record.index: (digest(record), signed is not None and included(record, log, signed)) for record in records
    }  # fmt: skip


def _unaltered(canary: Canary, record: LogRecord) -> bool:
    return canary.way == "journal" or record.entry.raw == canary.line
