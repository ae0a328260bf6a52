"""Rows of lines of JSON that were taken in, put together from what `quick` reads and what their entries' heads say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from fanghu.auditlog.derived import batch_name
from fanghu.auditlog.index import LACKS_IDENTITY, LACKS_PLACE, LACKS_TIME
from fanghu.auditlog.lake import quick
from fanghu.auditlog.record import USER_TYPES
from fanghu.tlog.bundle import Bundle
from fanghu.tlog.entry import PLACE, Entry

if TYPE_CHECKING:
    import pyarrow as pa

FORMAT = "ndjson"
TOGETHER = 4_096
"""Lines that are read together: more no longer lie near the processor."""


class Beside(NamedTuple):
    """What the entries of a batch share; ``received`` in milliseconds since 1970."""

    source: str
    ref: str
    mark: int
    received: int


class Taken:
    """Takes entries in, one run after another; ``tables`` are the rows read quickly (each ascending), ``others`` the rest."""

    def __init__(self, shape: pa.Schema) -> None:
        self.tables: list[pa.Table] = []
        self.others: list[tuple[int, bytes]] = []
        self._shape = shape
        self._indexes: list[int] = []
        self._bundles: list[tuple[int, Bundle]] = []
        self._lines: list[bytes] = []
        self._which: list[int] = []
        self._beside: list[Beside] = []
        self._head, self._number = b"never", -1
        self._whole = True

    def add(self, first: int, bundle: Bundle) -> None:
        """Entries from index ``first`` on."""
        head, number, size = self._head, self._number, len(self._head) + PLACE
        lines, which, indexes = self._lines, self._which, self._indexes
        data, at = bytes(bundle.data), 2
        for index, end in enumerate(bundle.ends, first):
            if not data.startswith(head, at):
                head, number = self._begin(data[at:end])
                size = len(head) + PLACE
            if number < 0:
                self.others.append((index, data[at:end]))
            else:
                lines.append(data[at + size : end])
                which.append(number)
                indexes.append(index)
            at = end + 2
        if indexes and indexes[-1] >= first:
            self._bundles.append((first, bundle))
        self._head, self._number = head, number
        if len(lines) >= TOGETHER:
            self.finish()

    @property
    def ordered(self) -> bool:
        """Whether the tables, or the others alone, are in order one after another."""
        return not self.tables or (not self.others and self._whole)

    def finish(self) -> None:
        """Read what was collected."""
        read = quick.columns(self._lines)
        self._whole = self._whole and len(read) < 2
        if sum(len(each.places) for each in read) < len(self._lines):
            there = {place for each in read for place in each.places}
            left = {index for place, index in enumerate(self._indexes) if place not in there}
            self.others += [
                (index, bundle[index - first])
                for first, bundle in self._bundles
                for index in range(first, first + len(bundle))
                if index in left
            ]
        self.tables += [self._table(each) for each in read]
        for each in (self._lines, self._which, self._indexes, self._bundles):
            each.clear()
        del self._beside[:]
        self._head, self._number = b"never", -1

    def _begin(self, data: bytes) -> tuple[bytes, int]:
        """An entry's bytes before its place in the batch, and the number of what the batch shares; -1: no line of JSON."""
        line = Entry(data).line
        head = data[: 3 + (data[1] << 8 | data[2]) - PLACE]
        if line is None or line.format != FORMAT:
            return head, -1
        mark = int.from_bytes(batch_name(line.source, line.ref)[:4], "big")
        self._beside.append(Beside(line.source, line.ref, mark, line.received // 1_000))
        return head, len(self._beside) - 1

    def _table(self, found: quick.Columns) -> pa.Table:
        import pyarrow as pa
        import pyarrow.compute as pc

        count, places, shape = len(found.places), found.places, self._shape
        indexes, which = self._indexes, self._which
        if count < len(indexes):
            indexes, which = [indexes[place] for place in places], [which[place] for place in places]
        batches = pa.array(which, pa.int32())
        shared = {
            name: pc.take(pa.array(values, shape.field(name).type if name != "received" else pa.int64()), batches)
            for name, values in zip(Beside._fields, zip(*self._beside, strict=True), strict=True)
        }
        came = shared.pop("received")
        texts = {name: pa.array(values, pa.string()) for name, values in found.texts.items()}
        at = came if found.at is None else found.at
        values: dict[str, Any] = {
            "idx": pa.array(indexes, pa.int64()), "at": at, "lag": pc.subtract(came, at),
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
