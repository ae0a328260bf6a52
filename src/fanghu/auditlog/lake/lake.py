"""The lake of one log: brought up to the log part by part, mended where a part is lost, made anew where it does not fit."""

from __future__ import annotations

import fcntl
import os
import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from fanghu.auditlog.completeness import Census
from fanghu.auditlog.index import Newest
from fanghu.auditlog.lake import parts
from fanghu.auditlog.lake.ahead import read, read_ahead, root_of
from fanghu.auditlog.lake.bloom import bloom
from fanghu.auditlog.lake.filters import GROUP, Filters
from fanghu.auditlog.lake.ledger import Ledger
from fanghu.auditlog.lake.parts import Part
from fanghu.auditlog.lake.sums import received, sums_of
from fanghu.auditlog.tallies import DAY_MS, TAIPEI_MS, SourceTally
from fanghu.auditlog.vault import SealedLog
from fanghu.tlog.damage import LogDamaged

if TYPE_CHECKING:
    import pyarrow as pa

LOCK = "lock"
FAN = 8  # parts of one size and day that are put together
FILTERS_AT_ONCE = 16  # files of filters that are made again in one round
MOST = 2_097_152  # rows; a part that large is left alone


class Lake:
    """A folder of parts with its ledger. One process at a time changes it; the others go on reading."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.ledger = Ledger(folder / "ledger.sqlite3")
        self.filters = Filters(folder)

    def catch_up(
        self, log: SealedLog, *, limit: int | None = None, seconds: float | None = None, deep: bool = False
    ) -> int:
        """Index sealed entries not indexed yet (at most about ``limit``, for about ``seconds``); how many are left.

        Lost parts are mended first (``deep``: also altered ones). Where another process is at it, nothing is done.
        OSError when the disk is full: what is there stays usable.
        """
        parts.frugal()
        size = log.size
        with self._alone() as mine:
            if mine:
                self._fit(log, size)
                self._mend(log, deep=deep)
                if limit is None or limit >= GROUP:
                    self._mend_filters(log, deep=deep)
                self._grow(log, limit, seconds)
            return max(0, size - self.ledger.reach()[1])

    def drop(self) -> None:
        """Remove everything, once no other process is at it; the next use makes it anew."""
        with self._alone(wait=True):
            for path in self.folder.iterdir():
                if path.name != LOCK:  # who comes next waits for this very file
                    path.unlink(missing_ok=True)

    def sources(self) -> list[str]:
        """Every source, by name."""
        return sorted(self.ledger.newest())

    def census(self) -> dict[str, Census]:
        """Completeness by source."""
        return self.ledger.census()

    def tallied(self) -> dict[str, SourceTally]:
        """What each source's log adds up to."""
        return self.ledger.tallied()

    def newest(self) -> dict[str, Newest]:
        """The newest record of every source."""
        return self.ledger.newest()

    def doubt(self, log: SealedLog) -> None:
        """A question failed on the parts: look at every byte of them, and make altered ones again."""
        with self._alone() as mine:
            if mine:
                self._mend(log, deep=True)

    def _fit(self, log: SealedLog, size: int) -> None:
        """Begin anew where the ledger is damaged, of another version, or covers another log than this one."""
        try:
            first, reach, root = self.ledger.reach()
            fits = (
                log.first <= reach and first <= reach <= size and root == (root_of(log, reach) if reach > first else "")
            )
        except (sqlite3.DatabaseError, KeyError, ValueError, LogDamaged):
            fits = False
        if not fits:
            for path in self.folder.glob("*.parquet"):
                path.unlink(missing_ok=True)
            self.filters.drop()
            self.ledger.drop()  # its tables may be of another version
            self.ledger.begin(log.first)

    def _mend(self, log: SealedLog, *, deep: bool) -> None:
        """Make lost parts again from the log; let go those whose entries it let go, and files that nobody names."""
        first, letting_go = log.first, self.ledger.reach()[0] < log.first
        for part in self.ledger.parts():
            if part.stop > first and not parts.whole(self.folder, part, deep=deep or letting_go):
                tables = self._tables(log, max(part.first, first), part.stop)
                self.ledger.replace([part], parts.write(self.folder, part.day, tables))
        if letting_go:
            self._let_go(first)
        named = {part.name for part in self.ledger.parts()}
        for path in self.folder.glob("*"):
            if path.name not in named and path.suffix in (".parquet", ".draft"):
                path.unlink(missing_ok=True)

    def _mend_filters(self, log: SealedLog, *, deep: bool) -> None:
        """Make filters that are not there, or (``deep``) altered, from the log: some in each round."""
        first, reach, _ = self.ledger.reach()
        if bloom() is None or first >= reach:
            return
        held = self.ledger.blooms()
        wanted = (
            group
            for group in range(first // GROUP, (reach - 1) // GROUP + 1)
            if group not in held or (deep and not self.filters.whole(group, held[group]))
        )
        for group in islice(wanted, FILTERS_AT_ONCE):
            start, stop = max(first, group * GROUP), min(reach, group * GROUP + GROUP)
            _table, cells = read(log, start, stop)
            if cells is not None:
                self.ledger.keep_bloom(*self.filters.put(cells, anew=True))

    def _let_go(self, first: int) -> None:
        """Hold nothing before the entry ``first``; what the sources add up to is counted again."""
        kept: list[Part] = []
        for part in self.ledger.parts():
            if part.first < first < part.stop:
                left = (table.filter(_from(table, first)) for table in parts.rows(self.folder, [part]))
                kept.append(parts.write(self.folder, part.day, (table for table in left if table.num_rows)))
            elif part.first >= first:
                kept.append(part)
        self.filters.drop(first // GROUP)
        self.ledger.let_go(first, kept, (sums_of(table) for table in parts.rows(self.folder, kept)))

    def _grow(self, log: SealedLog, limit: int | None, seconds: float | None) -> None:
        until = None if seconds is None else time.monotonic() + seconds
        first, reach, _ = self.ledger.reach()
        filtered = set(self.ledger.blooms())
        for table, root, cells in read_ahead(log, reach, limit, until):
            day = (received(table.slice(0, 1))[0].as_py() + TAIPEI_MS) // DAY_MS
            part = parts.write(self.folder, day, [table])
            group, crc = part.first // GROUP, None
            begins = part.first == max(first, group * GROUP)
            if cells is not None and (begins or group in filtered):
                crc = self.filters.put(cells, anew=begins)[1]
                filtered.add(group)
            self.ledger.add(part, root, sums_of(table), (group, crc))
            self._merge()

    def _merge(self) -> None:
        """Put the newest parts of a day together where many of a size stand; a day that is over into one."""
        held = self.ledger.parts()
        if not held:
            return
        newest = held[-1].day
        over = [part for part in held if part.day < newest][-FAN * FAN :]
        runs = [small for run in _runs(over) if len(small := _small(run)) > 1]
        if run := _crowd([part for part in held if part.day == newest]):
            runs.append(run)
        for run in runs:
            self.ledger.replace(run, parts.write(self.folder, run[0].day, parts.rows(self.folder, run)))
            for part in run:
                (self.folder / part.name).unlink(missing_ok=True)

    @staticmethod
    def _tables(log: SealedLog, start: int, stop: int) -> Iterator[pa.Table]:
        while start < stop:
            end = min(stop, start + GROUP)
            yield read(log, start, end)[0]
            start = end

    @contextmanager
    def _alone(self, *, wait: bool = False) -> Iterator[bool]:
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(self.folder / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield False
            else:
                yield True
        finally:
            os.close(descriptor)


def days(held: Sequence[Part], since: datetime | None, until: datetime | None) -> list[Part]:
    """Those parts that may hold a record of that span."""
    low, high = bounds(since, until)
    return [part for part in held if part.until >= low and part.since < high]


def bounds(since: datetime | None, until: datetime | None) -> tuple[int, int]:
    """A span in milliseconds since 1970; beyond every record's time where an end is open."""
    low = -(2**62) if since is None else int(since.timestamp() * 1000)
    return low, 2**62 if until is None else int(until.timestamp() * 1000)


def _runs(held: Sequence[Part]) -> Iterator[list[Part]]:
    """Parts of each day."""
    run: list[Part] = []
    for part in held:
        if run and run[-1].day != part.day:
            yield run
            run = []
        run.append(part)
    if run:
        yield run


def _small(run: Sequence[Part]) -> list[Part]:
    """The newest parts of a run that are not large."""
    found: list[Part] = []
    for part in reversed(run):
        if part.rows >= MOST:
            break
        found.insert(0, part)
    return found


def _crowd(held: Sequence[Part]) -> list[Part]:
    """The newest parts that are to become one: `FAN` or more of one size class or smaller, none if there are fewer."""
    for size in range(7):
        run: list[Part] = []
        for part in reversed(held):
            if part.rows >= FAN ** (size + 1):
                break
            run.insert(0, part)
        if len(run) >= FAN and sum(_class(part) == size for part in run) >= FAN:
            return run
    return []


def _class(part: Part) -> int:
    """The power of `FAN` below the number of rows."""
    size = 0
    while FAN ** (size + 1) <= part.rows:
        size += 1
    return size


def _from(table: pa.Table, first: int) -> object:
    import pyarrow.compute as pc

    return pc.greater_equal(table["idx"], first)
