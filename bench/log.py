"""The log at full strength, everything in one run: kept and indexed, stored, verified, taken in over TLS, searched.

*Kept and indexed* takes events as a source sends them (JSON of some 320 bytes), reads, hashes, frames and syncs them in
batches of 1,024 while another process builds the search index from whatever is sealed; it ends when both are done. Beside it, on the same events
in the same run: SQLite (WAL, synchronous FULL) and PostgreSQL (COPY, synchronous commit), each with the indexes that the
same searches need and the JSON beside, and rsyslog writing the lines with ``sync="on"``. Medians of five.
"""

from __future__ import annotations

import contextlib
import os
import socket
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import Any

import log_intake
import log_search
import msgspec
from _log_events import events

from fanghu.auditlog.lake.lake import Lake
from fanghu.auditlog.vault import SealedLog
from fanghu.edge.encoding import bundle_of, unread
from fanghu.intake.plan import Source
from fanghu.tlog.bundle import Bundle
from fanghu.tlog.note import Signer
from fanghu.tlog.tightening import tighten
from fanghu.tlog.writer import LogWriter

ROOT = Path(__file__).resolve().parents[1]
EVENTS, BATCH, ROUNDS = int(os.environ.get("BENCH_KEPT", "524288")), 1_024, 5
SEAL_EVERY, AT_ONCE = 16, 16_384
SOURCE = Source("bench", "ndjson", ["http"])
SIGNER = Signer("bench.example/log", bytes(32))
COLUMNS = "at TEXT, host TEXT, app TEXT, action TEXT, outcome TEXT, who TEXT, ip TEXT, body TEXT"
INDEXES = ("at", "action, at", "who, at", "ip, at", "host, at")


def measure() -> list[dict[str, Any]]:
    """Rows for ``./run bench log``; those of log-intake and log-search are of the same run."""
    with tempfile.TemporaryDirectory(prefix="fanghu-bench-") as folder:
        rows = _kept(Path(folder))
    return [*rows, *log_intake.measure(), *log_search.measure()]


def _kept(base: Path) -> list[dict[str, Any]]:
    lines = list(islice(events(EVENTS), EVENTS))
    batches = [lines[start : start + BATCH] for start in range(0, EVENTS, BATCH)]
    raw = sum(map(len, lines))
    with _postgresql(base) as dsn:
        ways: dict[str, Callable[[Path], float]] = {
            "ours": lambda at: _ours(at, batches),
            "ceiling": lambda at: _ceiling(at, batches),
            "sqlite": lambda at: _sqlite(at, batches),
            "postgresql": lambda _at: _copy(dsn, batches),
            "rsyslog": lambda at: _rsyslog(at, lines),
        }
        took: dict[str, list[float]] = {name: [] for name in ways}
        for number in range(ROUNDS):  # interleaved, so that whatever else the machine does falls on all
            for name, way in ways.items():
                at = base / f"{name}-{number}"
                at.mkdir()
                _settle(dsn)
                took[name].append(way(at))
    rate = {name: EVENTS / statistics.median(times) for name, times in took.items()}
    beside = ", ".join(f"{name} {each:,.0f}" for name, each in rate.items() if name != "ours")
    peer = max(rate["sqlite"], rate["postgresql"])
    last = base / f"ours-{ROUNDS - 1}"
    sealed = _bytes(last / "log") / EVENTS
    tighten(last / "log", last / "tight")  # as the keeper does within minutes
    held, indexed = _bytes(last / "log") / EVENTS, _bytes(last / "lake") / EVENTS
    entries = sum(len(entry.data) for _index, entry in SealedLog(last / "log").reader.entries())
    times = rate["ours"] / peer
    return [
        _row("kept and indexed, two cores", round(rate["ours"]), "events/s", ">=0", True, f"events/s: {beside}"),
        _row("kept and indexed: times the better of SQLite and PostgreSQL with the same indexes", round(times, 1), "x", ">=3",
             times >= 3, beside),
        _row("kept and indexed: share of one core's ceiling", round(100 * rate["ours"] / rate["ceiling"]), "%", ">=0", True,
             "SHA-256, write and fdatasync of the same bytes"),
        _row("bytes an event on disk, frames and index", round(held + indexed, 1), "B", 60, held + indexed <= 60,
             f"{held:.1f} + {indexed:.1f} (as sealed {sealed:.1f}) for events of {raw / EVENTS:.0f} B sent, entries of {entries / EVENTS:.0f} B"),
    ]  # fmt: skip


def _row(name: str, value: float, unit: str, target: object, met: bool, peer: str) -> dict[str, Any]:
    return {"name": f"log: {name}", "value": value, "unit": unit, "target": target, "met": met, "peer": peer}


def _bytes(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def _ours(base: Path, batches: list[list[bytes]]) -> float:
    """Seconds until every event is durable, sealed and indexed."""
    with LogWriter.open(
        base / "log", origin=SIGNER.name, signer=SIGNER, lock_path=base / "lock", create=True
    ) as writer:
        command = [sys.executable, __file__, str(base), str(EVENTS)]
        indexer = subprocess.Popen(
            command, env=os.environ | {"PYTHONPATH": f"{ROOT / 'src'}:{ROOT / 'bench'}"}, stdout=subprocess.PIPE
        )
        assert indexer.stdout is not None
        indexer.stdout.readline()
        began = time.perf_counter()
        for number, batch in enumerate(batches, 1):
            now = datetime.now(UTC)
            bundle = bundle_of(batch, SOURCE, "bench", number, 0, now)
            unread(SOURCE.format, batch)
            writer.append_bundles([Bundle.read(bundle)])
            if number % SEAL_EVERY == 0 or number == len(batches):
                writer.seal(now)
        indexer.wait()
        took = time.perf_counter() - began
        indexer.stdout.close()
    if indexer.returncode:
        raise RuntimeError("the index did not come about")
    return took


def _index(base: Path, size: int) -> None:
    """The other process: index whatever is sealed until all is."""
    lake, log = Lake(base / "lake"), SealedLog(base / "log", "bench")
    import pyarrow.compute  # what the indexing process has loaded long since
    import pyarrow.json
    import pyarrow.parquet

    pyarrow.compute.sum(pyarrow.array([1]))
    print("ready", flush=True)
    while (reach := lake.ledger.reach()[1]) < size:
        if log.size >= min(size, reach + AT_ONCE):
            lake.catch_up(log)
        else:
            time.sleep(0.01)


def _ceiling(base: Path, batches: list[list[bytes]]) -> float:
    handle = os.open(base / "file", os.O_WRONLY | os.O_CREAT)
    began = time.perf_counter()
    for batch in batches:
        for line in batch:
            sha256(line).digest()
        os.write(handle, b"".join(batch))
        os.fdatasync(handle)
    took = time.perf_counter() - began
    os.close(handle)
    return took


def _values(line: bytes) -> tuple[str, ...]:
    said = msgspec.json.decode(line)
    return (
        said["@timestamp"], said["host"]["name"], said["process"]["name"], said["event"]["action"],
        said["event"]["outcome"], said["user"]["name"], said["source"]["ip"], line.decode(),
    )  # fmt: skip


def _sqlite(base: Path, batches: list[list[bytes]]) -> float:
    database = sqlite3.connect(base / "log.sqlite3")
    database.execute("PRAGMA journal_mode=WAL")
    database.execute("PRAGMA synchronous=FULL")
    database.execute(f"CREATE TABLE log ({COLUMNS})")
    for number, columns in enumerate(INDEXES):
        database.execute(f"CREATE INDEX log_{number} ON log ({columns})")
    began = time.perf_counter()
    for batch in batches:
        database.executemany("INSERT INTO log VALUES (?, ?, ?, ?, ?, ?, ?, ?)", map(_values, batch))
        database.commit()
    took = time.perf_counter() - began
    database.close()
    return took


def _copy(dsn: str, batches: list[list[bytes]]) -> float:
    import psycopg

    with psycopg.connect(dsn) as database:
        database.execute("DROP TABLE IF EXISTS log")
        database.execute(f"CREATE TABLE log ({COLUMNS.replace('at TEXT', 'at TIMESTAMPTZ')})")
        for number, columns in enumerate(INDEXES):
            database.execute(f"CREATE INDEX log_{number} ON log ({columns})")
        database.commit()
        began = time.perf_counter()
        for batch in batches:
            with database.cursor() as cursor, cursor.copy("COPY log FROM STDIN") as copy:
                for line in batch:
                    copy.write_row(_values(line))
            database.commit()
        return time.perf_counter() - began


def _settle(dsn: str) -> None:
    """What the way before left to be written is written before the next begins, PostgreSQL's tables included."""
    import psycopg

    with psycopg.connect(dsn, autocommit=True) as database:
        database.execute("CHECKPOINT")
    os.sync()


@contextlib.contextmanager
def _postgresql(base: Path) -> Iterator[str]:
    """A server of its own with the durability it ships with."""
    binaries = max(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
    folder = base / "postgresql"
    folder.mkdir()
    base.chmod(0o755)
    unprivileged = (
        ["setpriv", "--reuid", "nobody", "--regid", "nogroup", "--clear-groups", "--"] if os.geteuid() == 0 else []
    )
    if unprivileged:
        subprocess.run(["chown", "nobody:nogroup", folder], check=True)

    def run(*words: str) -> None:
        subprocess.run(
            [*unprivileged, *words], check=True, cwd="/", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )

    run(
        str(binaries / "initdb"),
        "-D",
        f"{folder}/data",
        "-U",
        "bench",
        "--auth",
        "trust",
        "--encoding",
        "UTF8",
        "--locale",
        "C.UTF-8",
    )
    run(str(binaries / "pg_ctl"), "-D", f"{folder}/data", "-w", "-l", f"{folder}/log", "-o",
        f"-k {folder} -c listen_addresses=''", "start")  # fmt: skip
    try:
        yield f"host={folder} user=bench dbname=postgres"
    finally:
        run(str(binaries / "pg_ctl"), "-D", f"{folder}/data", "-m", "immediate", "stop")


def _rsyslog(base: Path, lines: list[bytes]) -> float:
    """Seconds until rsyslog has every line in its file, each write synced."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    (base / "rsyslog.conf").write_text(
        f'global(workDirectory="{base}" maxMessageSize="64k")\nmodule(load="imtcp")\ninput(type="imtcp" address="127.0.0.1" port="{port}")\n'
        f'template(name="raw" type="string" string="%msg%\\n")\n'
        f'action(type="omfile" file="{base}/lines" template="raw" sync="on")\n'
    )
    daemon = subprocess.Popen(
        ["/usr/sbin/rsyslogd", "-n", "-f", str(base / "rsyslog.conf"), "-i", str(base / "pid")],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        for _try in range(200):
            with contextlib.suppress(OSError):
                connection = socket.create_connection(("127.0.0.1", port))
                break
            time.sleep(0.05)
        began = time.perf_counter()
        for start in range(0, len(lines), BATCH):
            told = [b"<134>1 2026-11-01T00:00:00Z h app - - - " + line for line in lines[start : start + BATCH]]
            connection.sendall(b"".join(b"%d %s" % (len(line), line) for line in told))
        connection.close()
        written, wanted = base / "lines", sum(map(len, lines)) + len(lines)
        while not written.exists() or written.stat().st_size < wanted:
            if time.perf_counter() - began > 300:
                raise RuntimeError("rsyslog did not write every line")
            time.sleep(0.01)
        return time.perf_counter() - began
    finally:
        daemon.terminate()
        daemon.wait(30)


if __name__ == "__main__":
    _index(Path(sys.argv[1]), int(sys.argv[2]))
