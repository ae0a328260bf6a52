"""Entries as columns: what a part of the lake holds of each record; the same words `LogRecord` has for it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from fanghu.auditlog.completeness import LACKS_IDENTITY, LACKS_PLACE, LACKS_TIME, LACKS_TYPE, LACKS_ZONE, VERBATIM
from fanghu.auditlog.derived import AHEAD_MS, envelope_of, milliseconds_of
from fanghu.auditlog.lake.bloom import Cells
from fanghu.auditlog.lake.taken import Taken
from fanghu.auditlog.record import USER_TYPES, LogRecord
from fanghu.tlog.bundle import Bundle
from fanghu.tlog.entry import Entry, Envelope

if TYPE_CHECKING:
    import pyarrow as pa

TEXTS = ("kind", "source", "type", "outcome", "actor", "place", "host", "object", "ref")
NUMBERS = {"idx": "int64", "at": "int64", "mark": "uint32", "times": "int32", "lacks": "int16", "lag": "int64"}
_ALL = VERBATIM | LACKS_TYPE | LACKS_TIME | LACKS_PLACE | LACKS_IDENTITY
_MOST = 2**31 - 1


def schema() -> pa.Schema:
    """The columns of a part; ``mark`` are the first four bytes of the id's key, ``at`` and ``lag`` are milliseconds."""
    import pyarrow as pa

    numbers = [pa.field(name, pa.type_for_alias(kind), nullable=False) for name, kind in NUMBERS.items()]
    return pa.schema([*numbers, *(pa.field(name, pa.string(), nullable=False) for name in TEXTS)])


def table_of(runs: Iterable[tuple[int, Bundle]], cells: Cells | None = None) -> pa.Table:
    """Entries as columns, in their order; each run is the first one's index and entries that follow one another.

    ``cells`` are filters that take in the words of these entries.
    """
    import pyarrow as pa

    shape = schema()
    taken = Taken(shape, cells)
    for first, entries in runs:
        taken.add(first, entries)
        if cells is not None:
            cells.add(first, entries)
    taken.finish()
    moments: dict[str, int] = {}
    rows = [_row(index, envelope_of(Entry(data)), moments) for index, data in taken.others]
    if cells is not None:
        for index, data in taken.others:
            cells.say(index, LogRecord(index, Entry(data)).texts)
    columns: list[Any] = [list(column) for column in zip(*rows, strict=True)] or [[] for _name in (*NUMBERS, *TEXTS)]
    slowly = pa.table(
        [pa.array(column, field.type) for column, field in zip(columns, shape, strict=True)], schema=shape
    )
    whole = pa.concat_tables([*taken.tables, slowly]).combine_chunks()
    return whole if taken.ordered else whole.sort_by("idx")


def mark_of(key: bytes) -> int:
    """What of a record's key the lake holds: enough to leave few records to look at."""
    return int.from_bytes(key[:4], "big")


def row_of(record: LogRecord) -> tuple[int | str, ...]:
    """One record's row."""
    return _row(record.index, envelope_of(record.entry), {})


def _row(index: int, head: Envelope, moments: dict[str, int]) -> tuple[int | str, ...]:
    kind, place, type_ = head.kind, head.place, head.type
    own = kind == "event"
    received = moments.get(head.received_at)
    if received is None:
        if len(moments) > 10_000:
            moments.clear()
        received = moments[head.received_at] = _milliseconds(head.received_at)
    said = _milliseconds(head.time) if head.time else received
    at = received if said - received > AHEAD_MS else said
    times = head.detail.get("n", 1) if head.detail else 1
    where = place.ip or (place.host if own else str(head.detail.get("from", "")))
    host = "" if own else place.host
    lacks = LACKS_ZONE if "timezone" in head.assumed else 0
    if type_ == "line.verbatim":
        lacks |= _ALL
    else:
        lacks |= 0 if type_ else LACKS_TYPE
        if not head.time:
            lacks |= LACKS_TIME
        if own or type_.startswith(USER_TYPES):
            if not (where or host):
                lacks |= LACKS_PLACE
            if not head.actor:
                lacks |= LACKS_IDENTITY
    return (
        index, at, _mark(head.id), min(times, _MOST) if isinstance(times, int) else 1, lacks, received - said,
        kind, head.source, type_, head.outcome, head.actor, where, host, head.object, head.ref,
    )  # fmt: skip


def _milliseconds(text: str) -> int:
    return milliseconds_of(datetime.fromisoformat(text))


def _mark(id_: str) -> int:
    try:
        return mark_of(bytes.fromhex(id_))
    except ValueError:
        return mark_of(sha256(id_.encode()).digest())
