"""How fast the log library appends, seals, reads and verifies, beside SHA-256 and SQLite in the same run."""

from __future__ import annotations

import sqlite3
import tempfile
import time
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from fanghu.tlog.entry import Envelope, Place, encode
from fanghu.tlog.note import Signer
from fanghu.tlog.reader import LogReader
from fanghu.tlog.verify import verify_folder
from fanghu.tlog.writer import LogWriter

EVENTS = 200_000
BATCH = 1_000


def _entries() -> list[bytes]:
    """Entries of about 330 bytes like those of an sshd log."""
    return [
        encode(
            Envelope(
                id=f"{n:016x}",
                kind="import",
                source="bastion",
                received_at="2026-11-22T08:00:05Z",
                time=f"2026-11-22T{n // 3600 % 24:02d}:{n // 60 % 60:02d}:{n % 60:02d}+08:00",
                type="session.failed",
                outcome="failure",
                actor=f"user{n % 977}",
                place=Place(host="LabSZ", ip=f"203.0.113.{n % 251}", app="sshd"),
                status_id=2,
            ),
            b"Nov 22 LabSZ sshd[%d]: Failed password for user%d from 203.0.113.%d port %d ssh2"
            % (n % 65_000, n % 977, n % 251, n % 60_000),
        )
        for n in range(EVENTS)
    ]


def _row(name: str, value: float, unit: str, target: str, met: bool, peer: str = "") -> dict[str, Any]:
    return {"name": name, "value": round(value, 1), "unit": unit, "target": target, "met": met, "peer": peer}


def _sqlite(path: Path, entries: list[bytes]) -> float:
    """Seconds SQLite (WAL, synchronous FULL, one index) takes for the same batches."""
    database = sqlite3.connect(path)
    database.execute("PRAGMA journal_mode=WAL")
    database.execute("PRAGMA synchronous=FULL")
    database.execute("CREATE TABLE log (n INTEGER PRIMARY KEY, id TEXT UNIQUE, body BLOB)")
    started = time.perf_counter()
    for first in range(0, len(entries), BATCH):
        rows = [(n, f"{n:016x}", entries[n]) for n in range(first, first + BATCH)]
        database.executemany("INSERT INTO log VALUES (?, ?, ?)", rows)
        database.commit()
    taken = time.perf_counter() - started
    database.close()
    return taken


def measure() -> list[dict[str, Any]]:
    """Rows for ``./run bench log_smoke``."""
    entries = _entries()
    total = sum(map(len, entries))
    signer = Signer("bench.example/log", bytes(32))
    with tempfile.TemporaryDirectory() as name:
        base = Path(name)
        lock = base / "lock"
        with LogWriter.open(base / "log", origin=signer.name, signer=signer, lock_path=lock, create=True) as writer:
            started = time.perf_counter()
            for first in range(0, EVENTS, BATCH):
                writer.append(entries[first : first + BATCH])
                if first % (20 * BATCH) == 0:
                    writer.seal(datetime.now(UTC))
            writer.seal(datetime.now(UTC))
            wrote = time.perf_counter() - started
        stored = sum(path.stat().st_size for path in (base / "log").rglob("*") if path.is_file())
        started = time.perf_counter()
        report = verify_folder(base / "log", keys=[signer.verifier])
        verified = time.perf_counter() - started
        started = time.perf_counter()
        read = sum(1 for _, entry in LogReader(base / "log").entries() if entry.envelope.id)
        decoded = time.perf_counter() - started
        started = time.perf_counter()
        sha256(b"".join(entries)).digest()
        hashed = time.perf_counter() - started
        beside = _sqlite(base / "peer.sqlite3", entries)
    if not report.ok or read != EVENTS:
        raise RuntimeError("the log did not verify")
    thousands = EVENTS / 1000
    return [
        _row(
            "log: append and seal, batches of 1,000", thousands / wrote, "thousand events/s", ">=50",
            thousands / wrote >= 50, f"SQLite WAL FULL {thousands / beside:.0f}",
        ),
        _row(
            "log: verify every byte", total / verified / 1e6, "MB/s", ">=50",
            total / verified / 1e6 >= 50, f"plain SHA-256 {total / hashed / 1e6:.0f} MB/s",
        ),
        _row(
            "log: read and decode", thousands / decoded, "thousand events/s", ">=50", thousands / decoded >= 50,
        ),
        _row(
            "log: stored", stored / EVENTS, "bytes/event", "100", stored / EVENTS < 100, f"raw {total / EVENTS:.0f}",
        ),
    ]  # fmt: skip
