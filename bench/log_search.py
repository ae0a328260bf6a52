"""Search over many events: the lake (Parquet and DuckDB) beside SQLite that carries the indexes for the same questions.

``BENCH_EVENTS`` events (2,000,000 unless said; 20 a second, so 20 million are eleven days and a half), varied as
``_log_events`` says. They go through the product's own lake as from a sealed log, but no log is written: building the index
is measured (processor time), not the log. A question's time is the median of five, after one that warms; rows are counted, not printed.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from statistics import median
from types import SimpleNamespace
from typing import Any

import msgspec
import pyarrow.compute as pc
from _log_events import BEGIN, events

from fanghu.auditlog.lake import parts
from fanghu.auditlog.lake.columns import NUMBERS, TEXTS
from fanghu.auditlog.lake.hits import Searched
from fanghu.auditlog.lake.lake import Lake
from fanghu.auditlog.lake.questions import engine
from fanghu.auditlog.query import Query
from fanghu.tlog.entry import Entry, Envelope, Place, encode

COUNT = int(os.environ.get("BENCH_EVENTS", "2000000"))
TYPES = {"ssh_login": "signin", "http_request": "request", "log_line": "message"}
DAY = BEGIN + timedelta(hours=16 if COUNT > 4_000_000 else -8)  # midnight in Taipei
REVIEW = """SELECT actor, type, place, source, ("at" + 28800000) // 3600000 AS hour, count(*), sum(times), min("at"),
  max("at"), min(idx) FROM read_parquet(?) WHERE type = ? AND outcome = 'success' AND "at" >= ? AND "at" < ?
  GROUP BY ALL ORDER BY actor, hour"""


class MadeLog:
    """Entries as a sealed log would give them, made when read; ``spent`` is what making them took."""

    def __init__(self, count: int) -> None:
        self.size, self.name, self.spent = count, "made", 0.0
        self.checkpoint = SimpleNamespace(size=count, root=b"made")
        self.reader = self
        self.first = 0
        self._source = events(count)

    def root(self, _size: int) -> bytes:
        """No tree is built."""
        return b"made"

    def entries(self, start: int, stop: int) -> Iterator[tuple[int, Entry]]:
        """The next ``stop - start`` of them."""
        began = time.process_time()
        made = [(index, _entry(index, next(self._source))) for index in range(start, stop)]
        self.spent += time.process_time() - began
        return iter(made)


def _entry(index: int, line: bytes) -> Entry:
    said = msgspec.json.decode(line)
    at = datetime.fromisoformat(said["@timestamp"])
    outcome = {"success": "success", "failure": "failure"}.get(said["event"]["outcome"], "")
    kind = TYPES[said["event"]["action"]]
    return Entry(encode(
        Envelope(
            id=sha256(b"%d" % index).hexdigest()[:32], kind="import", source=said["host"]["name"].split("0")[0], time=said["@timestamp"],
            received_at=(at + timedelta(milliseconds=300)).isoformat(), type=f"{kind}.{outcome or 'seen'}", outcome=outcome,
            actor=said["user"]["name"],
            place=Place(host=said["host"]["name"], ip=said["source"]["ip"], port=said["source"]["port"]),
        ),
        line,
    ))  # fmt: skip


def measure() -> list[dict[str, Any]]:
    """Build both, ask both the same, compare."""
    folder = Path(tempfile.mkdtemp(prefix="fanghu-bench-"))
    try:
        return _measured(folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _measured(folder: Path) -> list[dict[str, Any]]:
    log, lake = MadeLog(COUNT), Lake(folder / "lake" / "made")
    began = time.process_time()
    if lake.catch_up(log):  # type: ignore[arg-type]
        raise RuntimeError("the lake is not whole")
    spent = time.process_time() - began - log.spent
    held = sum(path.stat().st_size for path in lake.folder.iterdir())
    base, loaded = _sqlite(folder / "peer.sqlite3", lake)
    peer_held = sum(path.stat().st_size for path in folder.glob("peer.sqlite3*"))
    ask = Searched(log, lake, engine(folder / "lake"))  # type: ignore[arg-type]
    who, hour = _somebody(lake), max(DAY, BEGIN) + timedelta(hours=1)
    span = (int(hour.timestamp() * 1000), int((hour + timedelta(hours=1)).timestamp() * 1000))
    day = (int(DAY.timestamp() * 1000), int((DAY + timedelta(days=1)).timestamp() * 1000))
    one = Query({"actor": (who,)}, since=hour, until=hour + timedelta(hours=1))

    def reviewed() -> int:
        files = [
            str(lake.folder / part.name) for part in lake.ledger.parts() if part.until >= day[0] and part.since < day[1]
        ]
        return len(list(ask.engine.ask(REVIEW, [files, "signin.success", *day])))

    sql = (
        'SELECT "at", idx FROM entry WHERE actor = ? AND "at" >= ? AND "at" < ? ORDER BY "at"', (who, *span),
        REVIEW.replace("read_parquet(?)", "entry").replace("//", "/").replace("GROUP BY ALL", "GROUP BY 1, 2, 3, 4, 5"),
        ("signin.success", *day),
    )  # fmt: skip
    user, user_rows = _timed(lambda: len(list(ask.hits(one))))
    user_peer, user_peer_rows = _timed(lambda: len(base.execute(sql[0], sql[1]).fetchall()))
    review, review_rows = _timed(reviewed)
    review_peer, review_peer_rows = _timed(lambda: len(base.execute(sql[2], sql[3]).fetchall()))
    newest, _rows = _timed(lambda: len(list(ask.hits(Query(), newest_first=True, limit=51))))
    base.close()
    if (user_rows, review_rows) != (user_peer_rows, review_peer_rows):
        raise RuntimeError(f"the answers differ: {user_rows} {user_peer_rows}, {review_rows} {review_peer_rows}")
    many = f"of {COUNT / 1e6:g} M events"
    rate, peer_rate = COUNT / spent / 1000, COUNT / loaded / 1000
    return [
        _row(f"log-search: one user in one hour {many}, {user_rows} rows", user, "ms", 50, f"SQLite {user_peer:.1f} ms"),
        _row(f"log-search: a day's review {many}, {review_rows} groups", review, "ms", 1_500, f"SQLite {review_peer:.0f} ms"),
        _row(f"log-search: the newest 51 {many}", newest, "ms", 100, ""),
        _row("log-search: index built, thousand events/s of one core", rate, "k/s", ">=50", f"SQLite {peer_rate:.0f} k/s"),
        _row("log-search: index on disk", held / COUNT, "bytes/event", 25, f"SQLite {peer_held / COUNT:.0f}"),
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


def _row(name: str, value: float, unit: str, target: float | str, peer: str) -> dict[str, Any]:
    bound = float(str(target).removeprefix(">="))
    met = value >= bound if str(target).startswith(">=") else value < bound
    return {"name": name, "value": round(value, 1), "unit": unit, "target": target, "met": met, "peer": peer}
