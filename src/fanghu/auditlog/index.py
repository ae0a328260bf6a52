"""The search index: a SQLite file beside the log, made from sealed entries and rebuilt from them at will; no Django.

It is never evidence: it answers which entries to read, and every answer is then read from the log itself.
"""
# ruff: noqa: S608 - conditions are built from column names of ours and question marks, values are bound

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from fanghu.auditlog import tallies
from fanghu.auditlog.completeness import LACKS_IDENTITY, LACKS_PLACE, LACKS_TIME, LACKS_TYPE, VERBATIM, Census, lacks
from fanghu.auditlog.query import Query, searchable, where
from fanghu.auditlog.record import LogRecord
from fanghu.faults import Exit, Fault

VERSION = "3"
BATCH = 4_000
FEW = 20_000  # entries that are best found by their sources and then sorted
_SCHEMA = """
CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS entry (
  idx INTEGER PRIMARY KEY, id BLOB NOT NULL, at INTEGER NOT NULL, kind TEXT NOT NULL, source TEXT NOT NULL,
  type TEXT NOT NULL, outcome TEXT NOT NULL, actor TEXT NOT NULL, place TEXT NOT NULL, host TEXT NOT NULL,
  object TEXT NOT NULL, ref TEXT NOT NULL, times INTEGER NOT NULL, lacks INTEGER NOT NULL,
  lag INTEGER NOT NULL);
CREATE INDEX IF NOT EXISTS entry_id ON entry (id);
CREATE INDEX IF NOT EXISTS entry_at ON entry (at);
CREATE INDEX IF NOT EXISTS entry_type ON entry (type, at);
CREATE INDEX IF NOT EXISTS entry_actor ON entry (actor, at);
CREATE INDEX IF NOT EXISTS entry_place ON entry (place, at);
CREATE INDEX IF NOT EXISTS entry_source ON entry (source, lacks, times);
CREATE VIRTUAL TABLE IF NOT EXISTS words USING fts5 (text, content='', tokenize='unicode61');
"""
_SCHEMA += tallies.SCHEMA


class Records(Protocol):
    """The sealed log as the index reads it."""

    @property
    def size(self) -> int:
        """How many entries are sealed."""

    @property
    def first(self) -> int:
        """The first entry that the log still holds."""

    def records(self, start: int, stop: int) -> Iterator[LogRecord]:
        """Entries ``start`` … ``stop - 1``."""


@dataclass(frozen=True, slots=True)
class Newest:
    """The newest record of a source: its own time and when it came in; and how many there are."""

    at: datetime
    received_at: datetime
    records: int


class Index:
    """One index file; several processes may use it at once (SQLite's own locks)."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._held: sqlite3.Connection | None = None

    @contextmanager
    def held(self) -> Iterator[None]:
        """Keep one connection, with its cache, over many calls."""
        with self._open() as self._held:
            try:
                yield
            finally:
                self._held = None

    def catch_up(self, log: Records, *, limit: int | None = None) -> int:
        """Index sealed entries not indexed yet (at most ``limit``); return how many are still to do.

        An index that does not fit the log, or is damaged, is made anew.
        """
        try:
            return self._catch_up(log, limit)
        except sqlite3.OperationalError as why:
            if "full" in str(why) or "disk I/O" in str(why):
                raise _no_room(why) from why
            if "locked" in str(why):
                raise Fault(
                    "FH-LOG-95",
                    "The search index is busy with an import; try again in a moment.",
                    "查詢索引正忙於匯入作業；請稍後再試。",
                    exit_code=Exit.BUSY,
                ) from why
            self.drop()
        except sqlite3.DatabaseError:
            self.drop()
        return self._catch_up(log, limit)

    def _catch_up(self, log: Records, limit: int | None) -> int:
        size, done = log.size, 0
        with self._open() as base:
            if not self._fits(base, log, size):
                base.close()
                self.drop()
                return self._catch_up(log, limit)
            while limit is None or done < limit:
                base.execute("BEGIN IMMEDIATE")
                start = max(_next(base), log.first)
                stop = min(size, start + (BATCH if limit is None else min(BATCH, limit - done)))
                if start >= stop:
                    base.execute("ROLLBACK")
                    break
                _insert(base, list(log.records(start, stop)))
                base.execute("INSERT OR REPLACE INTO meta VALUES ('next', ?)", (str(stop),))
                base.execute("COMMIT")
                done += stop - start
            return size - _next(base)

    def drop(self) -> None:
        """Remove the index; the next use makes it anew."""
        if self._held is not None:
            self._held.close()
            self._held = None
        for suffix in ("", "-wal", "-shm"):
            Path(f"{self.path}{suffix}").unlink(missing_ok=True)

    def known(self, ids: Sequence[bytes]) -> set[bytes]:
        """Which of ``ids`` are in the log already (up to what is indexed)."""
        found: set[bytes] = set()
        with self._open() as base:
            for start in range(0, len(ids), 500):
                part = ids[start : start + 500]
                marks = ",".join("?" * len(part))
                found.update(row[0] for row in base.execute(f"SELECT id FROM entry WHERE id IN ({marks})", part))
        return found

    def find(self, query: Query, *, limit: int = -1, newest_first: bool = False, offset: int = 0) -> list[int]:
        """Indexes of matching entries by their time (then index)."""
        return [index for _at, index in self.hits(query, limit=limit, newest_first=newest_first, offset=offset)]

    def hits(
        self, query: Query, *, limit: int = -1, newest_first: bool = False, offset: int = 0
    ) -> list[tuple[int, int]]:
        """Time (milliseconds since 1970) and index of matching entries, in that order."""
        order = "at DESC, idx DESC" if newest_first else "at, idx"
        with self._open() as base:
            condition, values = where(query, few=_few(base, query.only))
            return base.execute(
                f"SELECT at, idx FROM entry WHERE {condition} ORDER BY {order} LIMIT ? OFFSET ?",
                (*values, limit, offset),
            ).fetchall()

    def count(self, query: Query) -> tuple[int, int]:
        """How many entries match, and how often they say it happened (``message repeated n times``)."""
        with self._open() as base:
            condition, values = where(query, few=_few(base, query.only))
            row = base.execute(f"SELECT count(*), coalesce(sum(times), 0) FROM entry WHERE {condition}", values)
            entries, times = row.fetchone()
            return entries, times

    def sources(self) -> list[str]:
        """Every source, by name (skips from one to the next through the index)."""
        with self._open() as base:
            return [row[0] for row in base.execute(
                "WITH RECURSIVE s(v) AS (SELECT min(source) FROM entry UNION ALL "
                "SELECT (SELECT min(source) FROM entry WHERE source > s.v) FROM s WHERE s.v IS NOT NULL) "
                "SELECT v FROM s WHERE v IS NOT NULL")]  # fmt: skip

    def census(self) -> dict[str, Census]:
        """Completeness by source in one pass."""
        bits = (VERBATIM, LACKS_TYPE, LACKS_TIME, LACKS_PLACE, LACKS_IDENTITY)
        sums = ", ".join(f"sum(lacks & {bit} != 0)" for bit in bits)
        with self._open() as base:
            rows = base.execute(f"SELECT source, count(*), {sums} FROM entry GROUP BY source")
            return {row[0]: Census(*row[1:]) for row in rows}

    def tallied(self) -> dict[str, tallies.SourceTally]:
        """What each source's log adds up to."""
        with self._open() as base:
            return tallies.by_source(base.execute(tallies.READ))

    def newest(self) -> dict[str, Newest]:
        """The newest record of every source, in one pass."""
        came = "(SELECT max(came) FROM tally WHERE tally.source = entry.source)"
        with self._open() as base:
            rows = base.execute(f"SELECT source, max(at), {came}, count(*) FROM entry GROUP BY source")
            return {row[0]: Newest(moment_of(row[1]), moment_of(row[2]), row[3]) for row in rows}

    def newest_lags(self, source: str, most: int = 1_000, among: int = 100_000) -> list[int]:
        """How late, in milliseconds, the newest records of a source came in; only the newest of all are looked through."""
        with self._open() as base:
            rows = base.execute(
                "SELECT lag FROM entry WHERE idx > (SELECT max(idx) FROM entry) - ? AND +source = ? "
                "ORDER BY idx DESC LIMIT ?", (among, source, most),
            )  # fmt: skip
            return [row[0] for row in rows]

    def _fits(self, base: sqlite3.Connection, log: Records, size: int) -> bool:
        """Whether the index is of this version, and the last indexed entry is the same in the log."""
        if base.execute("SELECT value FROM meta WHERE key = 'version'").fetchone()[0] != VERSION:
            return False
        at = _next(base)
        if at == 0:
            return True
        oldest = base.execute("SELECT min(idx) FROM entry").fetchone()[0]
        if at > size or oldest is None or oldest < log.first:  # entries were let go since
            return False
        row = base.execute("SELECT id FROM entry WHERE idx = ?", (at - 1,)).fetchone()
        return row is not None and row[0] == next(iter(log.records(at - 1, at))).key

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        if self._held is not None:
            yield self._held
            return
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not self.path.exists():
            os.close(os.open(self.path, os.O_CREAT | os.O_WRONLY, 0o600))
        with closing(sqlite3.connect(self.path, timeout=20, isolation_level=None)) as base:
            try:
                base.execute("PRAGMA journal_mode=WAL")
            except sqlite3.OperationalError as why:
                raise _no_room(why) from why
            base.execute("PRAGMA synchronous=NORMAL")
            base.execute("PRAGMA cache_size=-32000")
            base.execute("PRAGMA wal_autocheckpoint=8000")
            if base.execute("SELECT count(*) FROM sqlite_master WHERE name = 'meta'").fetchone()[0] == 0:
                base.executescript(f"BEGIN IMMEDIATE;{_SCHEMA}"
                                   f"INSERT OR IGNORE INTO meta VALUES ('version', '{VERSION}'), ('next', '0');COMMIT;")  # fmt: skip
            yield base


def _no_room(why: Exception) -> Fault:
    return Fault(
        "FH-LOG-96",
        f"The search index cannot be written ({why}); free disk space. The log itself is not touched by this.",
        f"查詢索引無法寫入（{why}）；請釋出磁碟空間。日誌本身不受影響。",
        exit_code=Exit.BUSY,
    )


def moment_of(milliseconds: int) -> datetime:
    """A column's time."""
    return datetime.fromtimestamp(milliseconds / 1000, UTC)


def _few(base: sqlite3.Connection, sources: frozenset[str] | None) -> bool:
    asked = (
        f"SELECT count(*) FROM (SELECT 1 FROM entry WHERE source IN ({','.join('?' * len(sources or ()))}) LIMIT {FEW})"
    )
    return sources is not None and base.execute(asked, sorted(sources)).fetchone()[0] < FEW


def _next(base: sqlite3.Connection) -> int:
    return int(base.execute("SELECT value FROM meta WHERE key = 'next'").fetchone()[0])


def _insert(base: sqlite3.Connection, records: Sequence[LogRecord]) -> None:
    rows, words = [], []
    for record in records:
        rows.append((
            record.index, record.key, record.at_ms, record.kind, record.source, record.type, record.outcome,
            record.actor, record.place, record.host, record.object, record.ref, record.times, lacks(record),
            record.lag_ms,
        ))  # fmt: skip
        words.append((record.index, searchable(record.words)))
    base.executemany(f"INSERT INTO entry VALUES ({','.join('?' * 15)})", rows)
    base.executemany("INSERT INTO words (rowid, text) VALUES (?, ?)", words)
    base.executemany(tallies.ADD, tallies.rows_of(records))
