"""Follows an account's events into the log: each is read back from its sealed entry and proved to be in it (4.2)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from fanghu.auditlog.actions import index, places
from fanghu.auditlog.completeness import LACKS_IDENTITY, LACKS_PLACE, LACKS_TIME, LACKS_TYPE, lacks
from fanghu.auditlog.query import Query
from fanghu.auditlog.record import LogRecord
from fanghu.auditlog.vault import SealedLog
from fanghu.keys import log_keys
from fanghu.keys.locations import LogPlaces
from fanghu.tlog.checkpoint import Checkpoint
from fanghu.tlog.damage import BadNote, LogDamaged
from fanghu.tlog.merkle import inclusion_holds, leaf_hash

FOUR = LACKS_TYPE | LACKS_TIME | LACKS_PLACE | LACKS_IDENTITY


@dataclass(frozen=True, slots=True)
class Traced:
    """One event as found: where it lies, when it happened and was taken in, whether it is proved there and complete.

    ``proved``: an inclusion proof leads from its bytes to the root of a checkpoint signed with the pinned key.
    """

    index: int
    type: str
    outcome: str
    object: str
    at: datetime
    received_at: datetime
    proved: bool
    complete: bool

    @property
    def under_way(self) -> float:
        """Seconds from the deed to the log."""
        return (self.received_at - self.at).total_seconds()


def traced(account: str, since: datetime) -> list[Traced]:
    """Every sealed event done by, or about, the account with this id since then, in the order of the log."""
    here = places()
    if not (here.folder / "checkpoint").exists():
        return []
    log, base, named = SealedLog(here.folder), index(), f"account:{account}"
    base.catch_up(log)
    hits: set[int] = set()
    for column in ("actor", "object"):
        hits.update(base.find(Query({column: (named,), "kind": ("event",)}, since=since)))
    signed = signed_checkpoint(here)
    return [_traced(record, log, signed) for record in log.records_at(sorted(hits))]


def _traced(record: LogRecord, log: SealedLog, signed: Checkpoint | None) -> Traced:
    return Traced(
        record.index, record.type, record.outcome, record.object, record.at, record.received_at,
        proved=signed is not None and included(record, log, signed),
        complete=not lacks(record) & FOUR and bool(record.outcome),
    )  # fmt: skip


def signed_checkpoint(places: LogPlaces) -> Checkpoint | None:
    """A log's checkpoint, if it is signed with the key pinned for it."""
    try:
        note = (places.folder / "checkpoint").read_bytes()
        return Checkpoint.verified(note, [log_keys.pinned(places.public_key, log=places.folder)])
    except BadNote:
        return None


def included(record: LogRecord, log: SealedLog, signed: Checkpoint) -> bool:
    """Whether a proof leads from the record's bytes to the root of the signed checkpoint."""
    try:
        proof = log.reader.inclusion_proof(record.index, signed.size)
    except (ValueError, LogDamaged):
        return False
    return inclusion_holds(record.index, signed.size, leaf_hash(record.entry.data), proof, signed.root)
