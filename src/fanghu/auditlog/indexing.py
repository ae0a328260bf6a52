"""Bringing the search indexes up to their logs: rounds of the indexing process, and whether they get on; no Django."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from fanghu.auditlog.indexes import Indexes
from fanghu.faults import Fault
from fanghu.keys.locations import LogPlaces

INDEXED_AT_ONCE, INDEXED_FOR = 5_000_000, 15.0
"""Entries and seconds of one round, for each log."""
LOOK, REST = 1.0, 10.0
"""Seconds between two looks at the checkpoints; after a round, so that parts do not come a few entries each."""
MENDED_EVERY = 86_400.0
STUCK = timedelta(minutes=3)
"""No entry more is indexed for so long while some wait: trouble."""


@dataclass(slots=True)
class Indexer:
    """Indexes what was sealed in the logs of ``home``; times are seconds of a clock that only goes on."""

    home: Path
    _seen: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    _left: int = 0
    _rest_until: float = 0.0
    _mend_at: float = 0.0

    def look(self, now: float) -> bool:
        """A round if one is due: a checkpoint moved, or entries are left. The first of a day looks at every byte of the indexes."""
        seen = _checkpoints(self.home)
        deep = now >= self._mend_at
        if now < self._rest_until or not (deep or self._left or seen != self._seen):
            return False
        every = Indexes(self.home)
        before = _reaches(every)
        try:
            self._left = every.catch_up(limit=INDEXED_AT_ONCE, seconds=INDEXED_FOR, deep=deep)
        except Fault:  # an import is at the own log's index, or a log cannot be read, which verifying tells
            self._left = 1
        self._seen = seen
        if deep:
            self._mend_at = now + MENDED_EVERY
        if not self._left or _reaches(every) == before:
            self._rest_until = now + REST
        return True


def run(home: Path, clock: Callable[[], float], pause: Callable[[float], object]) -> None:
    """Index until the process is ended: by a signal, at any moment, for an index is whole after each part."""
    indexer = Indexer(home)
    while True:
        indexer.look(clock())
        pause(LOOK)


@dataclass(slots=True)
class Progress:
    """Whether the logs' indexes get on, seen from outside; the own log's is brought up by whoever reads it."""

    _last: tuple[Path, Mapping[str, int]] | None = None
    _since: datetime | None = None

    def check(self, home: Path, now: datetime) -> int:
        """How many entries wait. Fault FH-LOG-97 when some do and not one was indexed for `STUCK`."""
        every = Indexes(home)
        reaches = _reaches(every)
        waiting = sum(max(0, other.log.size - reaches[name]) for name, other in every.others.items())
        if not waiting or self._since is None or self._last != (home, reaches):
            self._last, self._since = (home, reaches), now
        elif now - self._since > STUCK:
            raise Fault(
                "FH-LOG-97",
                f"The search index has not grown for {(now - self._since) // timedelta(minutes=1)} minutes and {waiting} "
                "entries wait; look at what `fanghu up` prints, free disk space, or run `fanghu log rebuild-index`.",
                f"查詢索引已 {(now - self._since) // timedelta(minutes=1)} 分鐘未增加，尚有 {waiting} 筆待建立索引；"
                "請查看 `fanghu up` 的輸出、釋出磁碟空間，或執行 `fanghu log rebuild-index`。",
            )
        return waiting


def _checkpoints(home: Path) -> dict[str, tuple[int, int]]:
    """What changes when a log's checkpoint moves, without reading it."""
    found = {}
    for places in LogPlaces.all(home):
        try:
            status = (places.folder / "checkpoint").stat()
        except OSError:
            continue
        found[places.name] = (status.st_ino, status.st_mtime_ns)
    return found


def _reaches(every: Indexes) -> dict[str, int]:
    """How far each lake goes; -1 for one that cannot be read and will be made anew."""
    found = {}
    for name, other in every.others.items():
        try:
            found[name] = other.lake.ledger.reach()[1]
        except (sqlite3.Error, KeyError, ValueError):
            found[name] = -1
    return found
