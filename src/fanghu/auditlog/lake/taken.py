"""Rows of lines of JSON that were taken in, put together from what `quick` reads and what their entries' heads say."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from fanghu.auditlog.derived import batch_name
from fanghu.auditlog.index import LACKS_IDENTITY, LACKS_PLACE, LACKS_TIME
from fanghu.auditlog.lake import quick
from fanghu.auditlog.record import USER_TYPES
from fanghu.tlog.entry import Entry

if TYPE_CHECKING:
    import pyarrow as pa

FORMAT = "ndjson"
Numbered = tuple[int, Entry]


class Beside(NamedTuple):
    """What the entries of a batch share; ``received`` in milliseconds since 1970."""

    source: str
    ref: str
    mark: int
    received: int


def tables(entries: Iterable[Numbered], shape: pa.Schema) -> tuple[list[pa.Table], list[Numbered]]:
    """The rows that are read quickly (each table ascending), and the entries that are not."""
    mine: list[Numbered] = []
    others: list[Numbered] = []
    lines: list[bytes] = []
    which: list[int] = []
    beside: list[Beside] = []
    known: dict[bytes, int] = {}
    for numbered in entries:
        data = numbered[1].data
        if data[0] != 2:
            others.append(numbered)
            continue
        size = 3 + (data[1] << 8 | data[2])
        head = data[3 : size - 4]
        try:
            number = known[head]
        except KeyError:
            number = known[head] = _number(numbered[1], beside)
        if number < 0:
            others.append(numbered)
            continue
        mine.append(numbered)
        lines.append(data[size:])
        which.append(number)
    read = quick.columns(lines)
    if sum(len(each.places) for each in read) < len(mine):
        there = {place for each in read for place in each.places}
        others += [numbered for place, numbered in enumerate(mine) if place not in there]
    return [_table(each, mine, which, beside, shape) for each in read], others


def _number(entry: Entry, beside: list[Beside]) -> int:
    """The place in ``beside`` of what an entry's batch shares; -1 when it is no line of JSON."""
    line = entry.line
    if line is None or line.format != FORMAT:
        return -1
    mark = int.from_bytes(batch_name(line.source, line.ref)[:4], "big")
    beside.append(Beside(line.source, line.ref, mark, line.received // 1_000))
    return len(beside) - 1


def _table(
    found: quick.Columns, mine: Sequence[Numbered], which: Sequence[int], beside: Sequence[Beside], shape: pa.Schema
) -> pa.Table:
    import pyarrow as pa
    import pyarrow.compute as pc

    count, places = len(found.places), found.places
    if count < len(mine):
        mine, which = [mine[place] for place in places], [which[place] for place in places]
    batches = pa.array(which, pa.int32())
    shared = {
        name: pc.take(pa.array(values, shape.field(name).type if name != "received" else pa.int64()), batches)
        for name, values in zip(Beside._fields, zip(*beside, strict=True), strict=True)
    }
    came = shared.pop("received")
    texts = {name: pa.array(values, pa.string()) for name, values in found.texts.items()}
    at = came if found.at is None else found.at
    values: dict[str, Any] = {
        "idx": pa.array([index for index, _entry in mine], pa.int64()), "at": at, "lag": pc.subtract(came, at),
        "times": pa.array(found.times, pa.int32()), "lacks": _lacks(texts, LACKS_TIME if found.at is None else 0),
        "kind": pa.repeat("import", count), **shared, **texts,
    }  # fmt: skip
    return pa.table([values[field.name] for field in shape], schema=shape)


def _lacks(texts: dict[str, pa.Array], always: int) -> pa.Array:
    """What 4.5 asks for and is not there."""
    import pyarrow as pa
    import pyarrow.compute as pc

    def bit(value: int, condition: pa.Array) -> pa.Array:
        return pc.multiply(pc.cast(condition, pa.int16()), pa.scalar(value, pa.int16()))

    asked = pc.or_(*(pc.starts_with(texts["type"], begin) for begin in USER_TYPES))
    nowhere = pc.and_(pc.equal(texts["place"], ""), pc.equal(texts["host"], ""))
    place = bit(LACKS_PLACE, pc.and_(asked, nowhere))
    identity = bit(LACKS_IDENTITY, pc.and_(asked, pc.equal(texts["actor"], "")))
    return pc.add(pc.add(place, identity), pa.scalar(always, pa.int16()))
