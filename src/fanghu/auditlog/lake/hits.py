"""Which entries of one log match a question, in the order of their times: the lake's answer, a span of time after another."""
# ruff: noqa: S608 - conditions are built from column names of ours and question marks, values are bound

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from fanghu.auditlog.lake.bloom import WIDTH, bloom
from fanghu.auditlog.lake.lake import Lake, bounds, days
from fanghu.auditlog.lake.parts import Part
from fanghu.auditlog.lake.questions import Engine, where
from fanghu.auditlog.lake.words import Looked, Open, Reader, Words, few, most_of, sifted
from fanghu.auditlog.query import Query
from fanghu.auditlog.vault import SealedLog

WIDEST = 16  # parts that one question goes over
NEAR = (600_000, 3_600_000, 21_600_000)
"""Spans, in milliseconds, that are looked at first: whoever wants a few records rarely needs the whole of a part."""


@dataclass(frozen=True)
class Searched:
    """One log with its lake and the engine that reads it."""

    log: SealedLog
    lake: Lake
    engine: Engine

    def hits(
        self, query: Query, *, newest_first: bool = False, limit: int | None = None, most: int | None = None
    ) -> Iterator[tuple[int, int]]:
        """Time (milliseconds) and index of every match; ``most``: how many records free words are looked for in."""
        if query.words:
            found = self._worded(query, newest_first, Looked(most))
        else:
            found = self._indexed(query, newest_first, None if "id" in query.filters else limit)
        if wanted := {text.lower() for text in query.filters.get("id", ())}:
            found = sifted(self.log, found, lambda record: record.id.lower() in wanted)
        return islice(found, limit)

    def count(self, query: Query) -> tuple[int, int]:
        """How many entries match, and how often they say it happened."""
        if query.words or "id" in query.filters:
            entries = times = 0
            for record in self.log.records_at(index for _at, index in self.hits(query)):
                entries, times = entries + 1, times + record.times
            return entries, times
        held = days(self.lake.ledger.parts(), query.since, query.until)
        condition, values = where(query)
        rows = self._asked(
            held, f"SELECT count(*), coalesce(sum(times), 0) FROM read_parquet(?) WHERE {condition}", values
        )
        entries, times = next(iter(rows), (0, 0))
        return int(entries), int(times)

    def _indexed(self, query: Query, newest_first: bool, limit: int | None) -> Iterator[tuple[int, int]]:
        for near, low, high in self._near(query, newest_first):
            yield from self._rows(query, newest_first, near, low, high, limit)

    def _worded(self, query: Query, newest_first: bool, looked: Looked) -> Iterator[tuple[int, int]]:
        """Where filters leave few cells, these are read and the lake asked for what they hold; else the other way round."""
        ledger, library = self.lake.ledger, bloom()
        words = Words(query.words, ledger.kinds())
        if words.none:
            return
        open_ = Open(words, library, self.lake.filters, ledger.blooms())
        reader = Reader(self.log, words, looked)
        for near, low, high in self._near(query, newest_first):
            left = open_.cells(near)
            if few(left, near):
                found = sorted(reader.read(left))
                near = [part for part in near if bisect_left(found, part.first) < bisect_left(found, part.stop)]
                yield from self._rows(query, newest_first, near, low, high, only=("idx", found))
            elif left:
                only = None if most_of(left, near) else (f"idx // {WIDTH}", sorted(left))
                yield from reader.sifted(self._rows(query, newest_first, near, low, high, only=only))

    def _near(self, query: Query, newest_first: bool) -> Iterator[tuple[list[Part], int, int]]:
        """Spans of time, in order, each with the parts that may hold records of it."""
        held = days(self.lake.ledger.parts(), query.since, query.until)
        for low, high in _spans(held, newest_first, *bounds(query.since, query.until)):
            yield [part for part in held if part.until >= low and part.since < high], low, high

    def _rows(
        self,
        query: Query,
        newest_first: bool,
        near: Sequence[Part],
        low: int,
        high: int,
        limit: int | None = None,
        only: tuple[str, Sequence[int]] | None = None,
    ) -> Iterator[tuple[int, int]]:
        """Matches in some parts within a span, in order; ``only``: where an expression is one of these values (ascending)."""
        condition, values = where(query)
        values = [*values, low, high, self.log.first]
        among, way = "", "DESC" if newest_first else "ASC"
        if only is not None:
            among = f" AND {only[0]} IN (SELECT unnest(?))"
            values.append(list(only[1]))
        sql = (
            f'SELECT "at", idx FROM read_parquet(?) WHERE {condition} AND "at" >= ? AND "at" < ? AND idx >= ?{among} '
            f'ORDER BY "at" {way}, idx {way}{"" if limit is None else f" LIMIT {int(limit)}"}'
        )
        return self._asked(near, sql, values)

    def _asked(self, held: Sequence[Part], sql: str, values: list[Any]) -> Iterator[tuple[Any, ...]]:
        """The rows of one question over some parts; asked again where a part was merged away or is damaged."""
        if not held:
            return
        import duckdb

        given = False
        for again in (False, True):
            files = [str(self.lake.folder / part.name) for part in held]
            try:
                for row in self.engine.ask(sql, [files, *values]):
                    given = True
                    yield row
                return
            except duckdb.Error:
                if again or given:
                    raise
                self.lake.doubt(self.log)
                low, high = min(part.first for part in held), max(part.stop for part in held)
                held = [part for part in self.lake.ledger.parts() if part.first < high and part.stop > low]


def _spans(held: Sequence[Part], newest_first: bool, low: int, high: int) -> Iterator[tuple[int, int]]:
    """Spans of time that together hold every part between ``low`` and ``high``, in order, narrow ones first."""
    if not held:
        return
    top = min(high, max(part.until for part in held) + 1)
    bottom = max(low, min(part.since for part in held))
    near = [top - step if newest_first else bottom + step for step in NEAR]
    cuts = sorted({top, *(min(top, max(bottom, cut)) for cut in (*near, *(part.since for part in held)))})
    step, at = 1, len(cuts) - 1 if newest_first else 0
    while at > 0 if newest_first else at < len(cuts) - 1:
        other = max(0, at - step) if newest_first else min(len(cuts) - 1, at + step)
        yield (cuts[other], cuts[at]) if newest_first else (cuts[at], cuts[other])
        step, at = min(WIDEST, step * 2), other
