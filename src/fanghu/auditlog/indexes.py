"""Every log of this installation searched as one: its own through a SQLite index, each other through a lake of Parquet.

Neither is evidence: they say which entries to read, and every answer is read from the log it stands in.
"""

from __future__ import annotations

import heapq
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from operator import add
from pathlib import Path
from typing import TypeVar

from fanghu.auditlog.completeness import Census
from fanghu.auditlog.index import Index, Newest
from fanghu.auditlog.lake.hits import Searched
from fanghu.auditlog.lake.lake import Lake
from fanghu.auditlog.lake.questions import engine
from fanghu.auditlog.query import Query
from fanghu.auditlog.record import LogRecord
from fanghu.auditlog.tallies import SourceTally, joined
from fanghu.auditlog.vault import SealedLog
from fanghu.faults import Fault
from fanghu.keys.locations import LogPlaces

WINDOW = 1_000
T = TypeVar("T")
Hit = tuple[int, str, int]
"""Time (milliseconds since 1970), name of the log, index in it."""


@dataclass(frozen=True)
class Indexes:
    """The logs of one data folder and what finds entries in them."""

    home: Path

    @cached_property
    def own(self) -> Index:
        """Of this system's own log."""
        return Index(LogPlaces(self.home).index)

    @cached_property
    def logs(self) -> dict[str, SealedLog]:
        """Every log by its name."""
        return {
            at.name: SealedLog(at.folder, at.name)
            for at in LogPlaces.all(self.home)
            if (at.folder / "checkpoint").exists()
        }

    @cached_property
    def others(self) -> dict[str, Searched]:
        """Every log that is not this system's own, with its lake."""
        return {
            name: Searched(log, Lake(self.root / name), engine(self.root)) for name, log in self.logs.items() if name
        }

    @property
    def root(self) -> Path:
        """Where the lakes lie."""
        return LogPlaces(self.home).index.parent / "lake"

    def catch_up(
        self, *, limit: int | None = None, others: int | None = None, seconds: float | None = None, deep: bool = False
    ) -> int:
        """Bring every index nearer to its log (``limit`` and ``seconds`` for each); how many entries are left.

        ``others`` stands in for ``limit`` where it is given, for the logs that are not our own.

        A disk that is full leaves them where they are. Fault FH-LOG-95 when the own log's index is busy.
        """
        left = 0
        if "" in self.logs:
            try:
                left += self.own.catch_up(self.logs[""], limit=limit)
            except Fault as why:
                if why.code != "FH-LOG-96":
                    raise
        for other in self.others.values():
            try:
                left += other.lake.catch_up(
                    other.log, limit=limit if others is None else others, seconds=seconds, deep=deep
                )
            except (OSError, sqlite3.OperationalError, Fault):
                continue  # what is indexed stays found; the keeper's next round tries again
        return left

    def drop(self) -> None:
        """Remove every index."""
        self.own.drop()
        for other in self.others.values():
            other.lake.drop()

    def hits(
        self, query: Query, *, newest_first: bool = False, limit: int | None = None, most: int | None = None
    ) -> Iterator[Hit]:
        """Every match in every log, by time, at most ``limit``; ``most``: how many records free words are looked for in."""
        ways: list[Iterable[Hit]] = []
        if "" in self.logs:
            found = self.own.hits(query, limit=-1 if limit is None else limit, newest_first=newest_first)
            ways.append((at, "", index) for at, index in found)
        for name, other in self.others.items():
            ways.append(_named(name, other.hits(query, newest_first=newest_first, limit=limit, most=most)))
        return islice(heapq.merge(*ways, reverse=newest_first), limit)

    def search(
        self,
        query: Query,
        *,
        limit: int = -1,
        offset: int = 0,
        newest_first: bool = False,
        most: int | None = None,
    ) -> Iterator[LogRecord]:
        """The matching records themselves, from the logs, by time."""
        wanted = None if limit < 0 else limit + offset
        return self.records(islice(self.hits(query, newest_first=newest_first, limit=wanted, most=most), offset, None))

    def records(self, hits: Iterable[Hit]) -> Iterator[LogRecord]:
        """The records at ``hits``, in that order."""
        left, step = iter(hits), 100
        while window := list(islice(left, step)):
            ways: dict[str, list[int]] = {}
            for _at, name, index in window:
                ways.setdefault(name, []).append(index)
            found = {name: self.logs[name].records_at(indexes) for name, indexes in ways.items()}
            for _at, name, _index in window:
                yield next(found[name])
            step = WINDOW

    def count(self, query: Query) -> tuple[int, int]:
        """How many entries match, and how often they say it happened."""
        counts = [self.own.count(query)] if "" in self.logs else []
        counts += [other.count(query) for other in self.others.values()]
        return sum(entries for entries, _times in counts), sum(times for _entries, times in counts)

    def sources(self) -> list[str]:
        """Every source, by name."""
        found = set(self.own.sources()) if "" in self.logs else set()
        return sorted(found.union(*(other.lake.sources() for other in self.others.values())))

    def census(self) -> dict[str, Census]:
        """Completeness by source."""
        return self._put_together(Index.census, Lake.census, _both)

    def tallied(self) -> dict[str, SourceTally]:
        """What each source's log adds up to."""
        return self._put_together(Index.tallied, Lake.tallied, lambda one, two: joined([one, two]) or one)

    def newest(self) -> dict[str, Newest]:
        """The newest record of every source."""
        return self._put_together(Index.newest, Lake.newest, _newer)

    def mark(self) -> tuple[str, ...]:
        """Changes when what the indexes say may have changed."""
        own = self.logs[""].checkpoint.root.hex() if "" in self.logs else ""
        return (str(self.home), own, *(f"{name}:{other.lake.ledger.reach()}" for name, other in self.others.items()))

    def _put_together(
        self,
        of_own: Callable[[Index], dict[str, T]],
        of_lake: Callable[[Lake], dict[str, T]],
        both: Callable[[T, T], T],
    ) -> dict[str, T]:
        whole = of_own(self.own) if "" in self.logs else {}
        for other in self.others.values():
            for source, more in of_lake(other.lake).items():
                whole[source] = both(whole[source], more) if source in whole else more
        return whole


def _named(name: str, hits: Iterable[tuple[int, int]]) -> Iterator[Hit]:
    return ((at, name, index) for at, index in hits)


def _both(one: Census, two: Census) -> Census:
    names = Census.__slots__
    return Census(*map(add, (getattr(one, name) for name in names), (getattr(two, name) for name in names)))


def _newer(one: Newest, two: Newest) -> Newest:
    return Newest(max(one.at, two.at), max(one.received_at, two.received_at), one.records + two.records)
