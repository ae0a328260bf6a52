"""What makes an imported line itself, so that importing it again adds nothing: no Django."""
# ruff: noqa: S608 - conditions are built from column names of ours and question marks, values are bound

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Sequence


class LineIdentities:
    """Ids for the lines of one file: SHA-256 of source, line, and how many equal lines stood before it in the file.

    The year that is assumed for a line plays no part (it depends on when one imports), nor does the file's name, nor
    the carriage return that the last line of a growing file may still lack. Counts lie in a private temporary
    database which SQLite keeps in memory while it is small and on disk when it is not: a file may have any size.
    """

    def __init__(self, source: str) -> None:
        self._start = hashlib.sha256(b"fanghu import 1\0" + source.encode() + b"\0")
        self._base = sqlite3.connect("", isolation_level=None)
        self._base.executescript(
            "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA cache_size=-32000;"
            "CREATE TABLE seen (line BLOB PRIMARY KEY, times INTEGER NOT NULL) WITHOUT ROWID;"
        )

    def of(self, lines: Sequence[bytes]) -> list[bytes]:
        """The ids (16 bytes each) of the next ``lines`` of the file."""
        keys = [self._hash(line.rstrip(b"\r\n")) for line in lines]
        distinct = list(set(keys))
        times: dict[bytes, int] = {}
        for start in range(0, len(distinct), 500):
            part = distinct[start : start + 500]
            marks = ",".join("?" * len(part))
            times.update(self._base.execute(f"SELECT line, times FROM seen WHERE line IN ({marks})", part))
        ids = []
        for key in keys:
            before = times.get(key, 0)
            times[key] = before + 1
            ids.append(hashlib.sha256(key + before.to_bytes(8, "big")).digest()[:16])
        self._base.execute("BEGIN")
        self._base.executemany(
            "INSERT INTO seen VALUES (?, ?) ON CONFLICT (line) DO UPDATE SET times = excluded.times", times.items()
        )
        self._base.execute("COMMIT")
        return ids

    def close(self) -> None:
        """Let the temporary database go."""
        self._base.close()

    def _hash(self, line: bytes) -> bytes:
        digest = self._start.copy()
        digest.update(line)
        return digest.digest()
