"""Rows of lines of JSON that were taken in, put together from what `quick` reads and what their entries' heads say."""

from __future__ import annotations

from array import array
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import chain, repeat
from typing import TYPE_CHECKING, Any, NamedTuple

from fanghu.auditlog.completeness import LACKS_IDENTITY, LACKS_PLACE, LACKS_TIME
from fanghu.auditlog.derived import AHEAD_MS, batch_name
from fanghu.auditlog.lake import quick
from fanghu.auditlog.lake.bloom import Cells
from fanghu.auditlog.record import USER_TYPES
from fanghu.tlog.bundle import Bundle
from fanghu.tlog.entry import PLACE, Entry
from fanghu.tlog.loops import ESCAPED, Data, loops

if TYPE_CHECKING:
    import pyarrow as pa

FORMAT = "ndjson"
SAID = ("actor", "place", "object")
"""Columns that a line spells, unless it does so with escapes."""
TOGETHER = 4_096
"""Lines that are read together: more no longer lie near the processor."""


class Beside(NamedTuple):
    """What the entries of a batch share; ``received`` in milliseconds since 1970."""

    source: str
    ref: str
    mark: int
    received: int


@dataclass(frozen=True, slots=True)
class Run:
    """Lines of one batch that follow one another: entries of ``bundle`` from ``number`` on, the first one's index, which batch."""

    bundle: Bundle
    number: int
    first: int
    count: int
    batch: int

    def entries(self) -> list[bytes]:
        """Whole."""
        return [self.bundle[number] for number in range(self.number, self.number + self.count)]


class Taken:
    """Takes entries in, one run after another; ``tables`` are the rows read quickly (each ascending), ``others`` the rest."""

    def __init__(self, shape: pa.Schema, cells: Cells | None = None) -> None:
        self.tables: list[pa.Table] = []
        self.others: list[tuple[int, bytes]] = []
        self._shape, self._cells = shape, cells
        self._runs: list[Run] = []
        self._data: list[Data] = []
        self._odd = 0
        self._beside: list[Beside] = []
        self._start, self._batch = b"never", -1
        self._whole = True

    def add(self, first: int, bundle: Bundle) -> None:
        """Entries from index ``first`` on."""
        at, index, stop = 0, first, first + len(bundle)
        while index < stop:
            entry = bundle[index - first]
            if not entry.startswith(self._start):
                self._begin(entry)
            if self._batch < 0:
                self.others.append((index, entry))
                at, index = at + 2 + len(entry), index + 1
                continue
            found = loops().lines(bundle.data, at, self._start)
            self._runs.append(Run(bundle, index - first, index, found.count, self._batch))
            self._data.append(found.data)
            self._odd |= found.odd
            at, index = found.stop, index + found.count
        if self._runs and index - self._runs[0].first >= TOGETHER:
            self.finish()

    @property
    def ordered(self) -> bool:
        """Whether the tables, or the others alone, are in order one after another."""
        return not self.tables or (not self.others and self._whole)

    def finish(self) -> None:
        """Read what was collected."""
        count = sum(run.count for run in self._runs)
        read = quick.columns(quick.Lines(b"".join(self._data), count, self._odd, self._lines)) if count else []
        indexes = array("q", chain.from_iterable(range(run.first, run.first + run.count) for run in self._runs))
        which = array("i", chain.from_iterable(repeat(run.batch, run.count) for run in self._runs))
        self._whole = self._whole and len(read) < 2
        if sum(len(each.places) for each in read) < count:
            there = {place for each in read for place in each.places}
            entries = chain.from_iterable(run.entries() for run in self._runs)
            self.others += [(indexes[place], entry) for place, entry in enumerate(entries) if place not in there]
        self.tables += [self._table(each, indexes, which) for each in read]
        if self._cells is not None:
            for found in read:
                if not (found.altered or self._odd & ESCAPED):
                    continue  # what a line says is what it spells
                columns = (found.texts[name].to_pylist() for name in SAID)
                for place, texts in zip(found.places, zip(*columns, strict=True), strict=True):
                    self._cells.say(indexes[place], texts)
        for each in (self._runs, self._data, self._beside):
            each.clear()
        self._odd, self._start, self._batch = 0, b"never", -1

    def _lines(self) -> list[bytes]:
        """What was collected, line by line."""
        return [data[3 + (data[1] << 8 | data[2]) :] for run in self._runs for data in run.entries()]

    def _begin(self, data: bytes) -> None:
        """Entries that begin as this one does come next."""
        self._start, self._batch = data[: 3 + (data[1] << 8 | data[2]) - PLACE], -1
        line = Entry(data).line
        if line is not None and line.format == FORMAT:
            mark = int.from_bytes(batch_name(line.source, line.ref)[:4], "big")
            self._batch = len(self._beside)
            self._beside.append(Beside(line.source, line.ref, mark, line.received // 1_000))

    def _table(self, found: quick.Columns, indexes: array[int], which: array[int]) -> pa.Table:
        import pyarrow as pa
        import pyarrow.compute as pc

        count, shape = len(found.places), self._shape
        if count < len(indexes):
            indexes = array("q", map(indexes.__getitem__, found.places))
            which = array("i", map(which.__getitem__, found.places))
        batches = pa.Array.from_buffers(pa.int32(), count, [None, pa.py_buffer(which)])
        shared = {
            name: pc.take(pa.array(values, shape.field(name).type if name != "received" else pa.int64()), batches)
            for name, values in zip(Beside._fields, zip(*self._beside, strict=True), strict=True)
        }
        came = shared.pop("received")
        texts = found.texts
        lag = pc.subtract(came, came if found.at is None else found.at)
        at = came if found.at is None else pc.if_else(pc.less(lag, -AHEAD_MS), came, found.at)
        values: dict[str, Any] = {
            "idx": pa.Array.from_buffers(pa.int64(), count, [None, pa.py_buffer(indexes)]), "at": at, "lag": lag,
            "times": found.times, "lacks": _lacks(texts, LACKS_TIME if found.at is None else 0),
            "kind": pa.repeat("import", count), **shared, **texts,
        }  # fmt: skip
        return pa.table([values[field.name] for field in shape], schema=shape)


def _lacks(texts: Mapping[str, pa.Array], always: int) -> pa.Array:
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
