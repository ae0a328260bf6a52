"""What the lake of one log holds: its parts, how far they go, and what each source's records add up to; SQLite."""
# ruff: noqa: S608 - the columns are ours

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Any

from fanghu.auditlog import tallies
from fanghu.auditlog.completeness import Census
from fanghu.auditlog.index import Newest, moment_of
from fanghu.auditlog.lake.filters import GROUP
from fanghu.auditlog.lake.parts import Part

VERSION = "3"
OTHER = "not begun"
"""Instead of a root where there is no ledger of this version."""
_SCHEMA = f"""
CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS part (
  first INTEGER PRIMARY KEY, stop INTEGER NOT NULL, day INTEGER NOT NULL, since INTEGER NOT NULL,
  until INTEGER NOT NULL, length INTEGER NOT NULL, crc INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS bloom (grp INTEGER PRIMARY KEY, crc INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS census (
  source TEXT PRIMARY KEY, records INTEGER NOT NULL, verbatim INTEGER NOT NULL, without_type INTEGER NOT NULL,
  without_time INTEGER NOT NULL, without_place INTEGER NOT NULL, without_identity INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS newest (
  source TEXT PRIMARY KEY, at INTEGER NOT NULL, received INTEGER NOT NULL, records INTEGER NOT NULL) WITHOUT ROWID;
{tallies.SCHEMA}
"""
_COUNTS = ("records", "verbatim", "without_type", "without_time", "without_place", "without_identity")
_ADD_CENSUS = f"INSERT INTO census VALUES ({','.join('?' * 7)}) ON CONFLICT (source) DO UPDATE SET " + ", ".join(
    f"{name} = {name} + excluded.{name}" for name in _COUNTS
)
_ADD_NEWEST = """
INSERT INTO newest VALUES (?, ?, ?, ?) ON CONFLICT (source) DO UPDATE SET
  at = max(at, excluded.at), received = max(received, excluded.received), records = records + excluded.records
"""


@dataclass(frozen=True, slots=True)
class Sums:
    """What a batch of records adds: rows for tally, census and newest."""

    tally: Sequence[tallies.Row]
    census: Sequence[tuple[str | int, ...]]
    newest: Sequence[tuple[str | int, ...]]


class Ledger:
    """One file; written by the one process that holds the lake's lock, read by all."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def reach(self) -> tuple[int, int, str]:
        """From where and up to where the lake goes, and the log's root (hex) at that size."""
        found: dict[str, str] = dict(self._rows("SELECT key, value FROM meta"))
        if found.get("version") != VERSION:
            return 0, 0, OTHER
        return int(found["first"]), int(found["next"]), found["root"]

    def parts(self) -> list[Part]:
        """Every part, in the order of the log."""
        return [Part(*row) for row in self._rows(
            "SELECT first, stop, day, since, until, length, crc FROM part ORDER BY first")]  # fmt: skip

    def blooms(self) -> dict[int, int]:
        """CRC of the filters of each group of entries that has them."""
        return dict(self._rows("SELECT grp, crc FROM bloom"))

    def keep_bloom(self, group: int, crc: int) -> None:
        """The filters of a group hold whatever the lake does."""
        with self._changing() as base:
            base.execute("INSERT OR REPLACE INTO bloom VALUES (?, ?)", (group, crc))

    def add(self, part: Part, root: str, sums: Sums, bloom: tuple[int, int | None]) -> None:
        """A part of entries that come next; ``root`` is the log's at ``part.stop``.

        ``bloom``: its group and the CRC of that one's filters, None when they do not hold the part.
        """
        with self._changing() as base:
            self._put(base, part)
            base.execute("DELETE FROM bloom WHERE grp = ?", bloom[:1])
            if bloom[1] is not None:
                base.execute("INSERT INTO bloom VALUES (?, ?)", bloom)
            base.execute("UPDATE meta SET value = ? WHERE key = 'next'", (str(part.stop),))
            base.execute("UPDATE meta SET value = ? WHERE key = 'root'", (root,))
            self._count(base, sums)

    def replace(self, old: Iterable[Part], new: Part) -> None:
        """Some parts by one that holds the same entries."""
        with self._changing() as base:
            base.executemany("DELETE FROM part WHERE first = ?", [(part.first,) for part in old])
            self._put(base, new)

    def let_go(self, first: int, kept: Iterable[Part], sums: Iterable[Sums]) -> None:
        """Nothing before ``first`` is held any more; ``sums`` of all that is left."""
        with self._changing() as base:
            for table in ("part", "tally", "census", "newest"):
                base.execute(f"DELETE FROM {table}")
            for part in kept:
                self._put(base, part)
            for each in sums:
                self._count(base, each)
            base.execute("DELETE FROM bloom WHERE grp < ?", (first // GROUP,))
            base.execute("UPDATE meta SET value = ? WHERE key = 'first'", (str(first),))

    def begin(self, first: int) -> None:
        """Nothing is held; the next entry is ``first``."""
        with self._changing() as base:
            for table in ("meta", "part", "bloom", "tally", "census", "newest"):
                base.execute(f"DELETE FROM {table}")
            rows = [("version", VERSION), ("first", str(first)), ("next", str(first)), ("root", "")]
            base.executemany("INSERT INTO meta VALUES (?, ?)", rows)

    def census(self) -> dict[str, Census]:
        """Completeness by source."""
        return {row[0]: Census(*row[1:]) for row in self._rows("SELECT * FROM census")}

    def tallied(self) -> dict[str, tallies.SourceTally]:
        """What each source's log adds up to."""
        return tallies.by_source(self._rows(tallies.READ) if self.reach()[2] != OTHER else ())

    def kinds(self) -> list[tuple[str, str]]:
        """Every source with every type of its records."""
        return self._rows("SELECT DISTINCT source, type FROM tally")

    def newest(self) -> dict[str, Newest]:
        """The newest record of every source."""
        rows = self._rows("SELECT source, at, received, records FROM newest")
        return {row[0]: Newest(moment_of(row[1]), moment_of(row[2]), row[3]) for row in rows}

    def drop(self) -> None:
        """Remove the file."""
        for suffix in ("", "-journal"):
            Path(f"{self.path}{suffix}").unlink(missing_ok=True)

    @staticmethod
    def _count(base: sqlite3.Connection, sums: Sums) -> None:
        base.executemany(tallies.ADD, sums.tally)
        base.executemany(_ADD_CENSUS, sums.census)
        base.executemany(_ADD_NEWEST, sums.newest)

    @staticmethod
    def _put(base: sqlite3.Connection, part: Part) -> None:
        base.execute("INSERT OR REPLACE INTO part VALUES (?, ?, ?, ?, ?, ?, ?)", astuple(part))

    def _rows(self, sql: str) -> list[Any]:
        """The rows of one question; reading writes nothing, so it goes on while the disk is full."""
        if not self.path.exists():
            return []
        with closing(sqlite3.connect(f"{self.path.as_uri()}?mode=ro", timeout=20, uri=True)) as base:
            return base.execute(sql).fetchall()

    @contextmanager
    def _changing(self) -> Iterator[sqlite3.Connection]:
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(self.path, os.O_CREAT | os.O_WRONLY, 0o600))
        with closing(sqlite3.connect(self.path, timeout=20, isolation_level=None)) as base:
            base.execute("PRAGMA synchronous=NORMAL")
            base.execute("BEGIN IMMEDIATE")
            for statement in _SCHEMA.split(";"):
                base.execute(statement)
            yield base
            base.execute("COMMIT")
