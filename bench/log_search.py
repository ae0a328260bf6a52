"""A long log verified and searched: the lake (Parquet and DuckDB) beside SQLite that carries the indexes for the same questions.

``BENCH_EVENTS`` events (20,000,000 unless said; 20 a second, so eleven days and a half), varied as ``_log_events`` says, taken in and
sealed by the product's own code, verified byte by byte, then indexed by the product's own lake (processor time).
A question's time is the median of five, after one that warms; rows are counted, not printed.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from statistics import median
from typing import Any

import pyarrow.compute as pc
from _log_events import BEGIN, _cast
from _long_log import SIGNER, sealed

from fanghu.auditlog.lake import parts
from fanghu.auditlog.lake.columns import NUMBERS, TEXTS
from fanghu.auditlog.lake.hits import Searched
from fanghu.auditlog.lake.lake import Lake
from fanghu.auditlog.lake.questions import engine
from fanghu.auditlog.query import Query
from fanghu.tlog.verify import verify_folder

COUNT = int(os.environ.get("BENCH_EVENTS", "20000000"))
DAY = BEGIN + timedelta(hours=16 if COUNT > 4_000_000 else -8)  # midnight in Taipei
REVIEW = """SELECT actor, type, place, source, ("at" + 28800000) // 3600000 AS hour, count(*), sum(times), min("at"),
  max("at"), min(idx) FROM read_parquet(?) WHERE type = ? AND outcome = 'success' AND "at" >= ? AND "at" < ?
  GROUP BY ALL ORDER BY actor, hour"""


def measure() -> list[dict[str, Any]]:
    """Build both, ask both the same, compare."""
    folder = Path(tempfile.mkdtemp(prefix="fanghu-bench-"))
    try:
        return _measured(folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _measured(folder: Path) -> list[dict[str, Any]]:
    log, raw = sealed(folder, COUNT)
    report, verified = None, []
    for _again in range(3):
        began = time.perf_counter()
        report = verify_folder(folder / "log", keys=[SIGNER.verifier], workers=os.cpu_count() or 1)
        verified.append(time.perf_counter() - began)
        if not report.ok or report.size != log.size:
            raise RuntimeError("the log did not verify")
    lake = Lake(folder / "lake" / "long")
    began = time.process_time()
    if lake.catch_up(log):
        raise RuntimeError("the lake is not whole")
    spent = time.process_time() - began
    kept = sum(path.stat().st_size for path in (folder / "log").rglob("*") if path.is_file())
    held = sum(path.stat().st_size for path in lake.folder.iterdir())
    base, loaded = _sqlite(folder / "peer.sqlite3", lake)
    peer_held = sum(path.stat().st_size for path in folder.glob("peer.sqlite3*"))
    ask = Searched(log, lake, engine(folder / "lake"))
    who, hour = _somebody(lake), max(DAY, BEGIN) + timedelta(hours=1)
    span = (int(hour.timestamp() * 1000), int((hour + timedelta(hours=1)).timestamp() * 1000))
    day = (int(DAY.timestamp() * 1000), int((DAY + timedelta(days=1)).timestamp() * 1000))
    one = Query({"actor": (who,)}, since=hour, until=hour + timedelta(hours=1))

    def reviewed() -> int:
        files = [
            str(lake.folder / part.name) for part in lake.ledger.parts() if part.until >= day[0] and part.since < day[1]
        ]
        return len(list(ask.engine.ask(REVIEW, [files, "record.ssh_login", *day])))

    sql = (
        'SELECT "at", idx FROM entry WHERE actor = ? AND "at" >= ? AND "at" < ? ORDER BY "at"', (who, *span),
        REVIEW.replace("read_parquet(?)", "entry").replace("//", "/").replace("GROUP BY ALL", "GROUP BY 1, 2, 3, 4, 5"),
        ("record.ssh_login", *day),
    )  # fmt: skip
    user, user_rows = _timed(lambda: len(list(ask.hits(one))))
    user_peer, user_peer_rows = _timed(lambda: len(base.execute(sql[0], sql[1]).fetchall()))
    review, review_rows = _timed(reviewed)
    review_peer, review_peer_rows = _timed(lambda: len(base.execute(sql[2], sql[3]).fetchall()))
    newest, _rows = _timed(lambda: len(list(ask.hits(Query(), newest_first=True, limit=51))))
    address = _cast()[1][-1]  # the rarest
    spelt, spelt_rows = _timed(lambda: len(list(ask.hits(Query(words=(address,))))))
    nowhere, nowhere_rows = _timed(lambda: len(list(ask.hits(Query(words=("mimikatz",))))))
    if nowhere_rows or spelt_rows < len(list(ask.hits(Query({"place": (address,)})))):
        raise RuntimeError("free words find what is not there, or not what is")
    base.close()
    if (user_rows, review_rows) != (user_peer_rows, review_peer_rows):
        raise RuntimeError(f"the answers differ: {user_rows} {user_peer_rows}, {review_rows} {review_peer_rows}")
    many = f"of {log.size / 1e6:.0f} M events"
    rate, peer_rate = log.size / spent / 1000, log.size / loaded / 1000
    speed = raw / median(verified) / 1e9
    return [
        _row(f"log: verify every byte {many}, two processes", speed, "GB/s of what was sent", ">=0.6",
             f"{kept / log.size:.1f} bytes an event as sealed; median of three, {median(verified):.1f} s", digits=2),
        _row(f"log-search: one user in one hour {many}, {user_rows} rows", user, "ms", 50, f"SQLite {user_peer:.1f} ms"),
        _row(f"log-search: a day's review {many}, {review_rows} groups", review, "ms", 1_500, f"SQLite {review_peer:.0f} ms"),
        _row(f"log-search: the newest 51 {many}", newest, "ms", 100, ""),
        _row(f"log-search: an address as free words {many}, {spelt_rows} rows", spelt, "ms", 500, ""),
        _row(f"log-search: a word that nobody said {many}", nowhere, "ms", 100, ""),
        _row("log-search: index built, thousand events/s of one core", rate, "k/s", ">=50", f"SQLite {peer_rate:.0f} k/s"),
        _row("log-search: index on disk", held / log.size, "bytes/event", 25, f"SQLite {peer_held / log.size:.0f}"),
    ]  # fmt: skip


def _sqlite(path: Path, lake: Lake) -> tuple[sqlite3.Connection, float]:
    """The same columns with the indexes that the same questions need, and how long filling it took."""
    base = sqlite3.connect(path, isolation_level=None)
    base.execute("PRAGMA journal_mode=WAL")
    base.execute("PRAGMA synchronous=NORMAL")
    names = (*NUMBERS, *TEXTS)
    base.execute('CREATE TABLE entry ("' + '", "'.join(names) + '")')
    for columns in ('"at"', 'actor, "at"', 'type, "at"'):
        base.execute(f"CREATE INDEX entry_{len(columns)} ON entry ({columns})")
    spent = 0.0
    for table in parts.rows(lake.folder, lake.ledger.parts()):
        for at in range(0, table.num_rows, 10_000):
            some = table.slice(at, 10_000)
            rows = list(zip(*(some[name].to_pylist() for name in names), strict=True))
            began = time.process_time()
            base.execute("BEGIN")
            base.executemany(f"INSERT INTO entry VALUES ({','.join('?' * len(names))})", rows)  # noqa: S608
            base.execute("COMMIT")
            spent += time.process_time() - began
    return base, spent


def _somebody(lake: Lake) -> str:
    """A name neither frequent nor rare: the two hundredth."""
    table = next(parts.rows(lake.folder, lake.ledger.parts()))
    counts = sorted(pc.value_counts(table["actor"]).to_pylist(), key=lambda each: -each["counts"])
    return str(counts[min(199, len(counts) - 1)]["values"])


def _timed(ask: Callable[[], int]) -> tuple[float, int]:
    """Milliseconds, median of five after one; and the number of rows."""
    rows, spent = ask(), []
    for _again in range(5):
        began = time.perf_counter()
        rows = ask()
        spent.append((time.perf_counter() - began) * 1000)
    return median(spent), rows


def _row(name: str, value: float, unit: str, target: float | str, peer: str, *, digits: int = 1) -> dict[str, Any]:
    bound = float(str(target).removeprefix(">="))
    met = value >= bound if str(target).startswith(">=") else value < bound
    return {"name": name, "value": round(value, digits), "unit": unit, "target": target, "met": met, "peer": peer}
