"""The indexing process: it indexes what is sealed, rests otherwise, ends at once, and is missed when it gets nowhere."""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from fanghu.auditlog.indexes import Indexes
from fanghu.auditlog.indexing import MENDED_EVERY, REST, STUCK, Indexer, Progress
from fanghu.auditlog.query import Query
from fanghu.faults import Fault
from tests.auditlog.taken_in import take_in

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
SRC = Path(__file__).parents[2] / "src"


def reach(home: Path) -> int:
    [lake] = [other.lake for other in Indexes(home).others.values()]
    return lake.ledger.reach()[1]


def test_a_round_when_a_checkpoint_moved_and_rest_otherwise(tmp_path: Path) -> None:
    take_in(tmp_path, 300)
    indexer = Indexer(tmp_path)
    assert indexer.look(100.0) and reach(tmp_path) == 300
    assert not indexer.look(100.0 + REST), "nothing was sealed"
    take_in(tmp_path, 20, seed=2)
    assert not indexer.look(100.0 + REST / 2), "a rest after each round"
    assert indexer.look(101.0 + REST) and reach(tmp_path) == 320
    assert indexer.look(100.0 + MENDED_EVERY), "each day every byte is looked at"


def test_an_altered_part_is_made_again(tmp_path: Path) -> None:
    take_in(tmp_path, 300)
    indexer = Indexer(tmp_path)
    indexer.look(100.0)
    [part] = tmp_path.rglob("*.parquet")
    whole = part.read_bytes()
    part.write_bytes(whole[:200] + bytes(50) + whole[250:])
    indexer.look(101.0 + MENDED_EVERY)
    assert part.read_bytes() == whole


def test_a_damaged_ledger_is_begun_anew(tmp_path: Path) -> None:
    take_in(tmp_path, 300)
    indexer = Indexer(tmp_path)
    indexer.look(100.0)
    [ledger] = tmp_path.rglob("ledger.sqlite3")
    ledger.write_bytes(b"no database" * 100)
    take_in(tmp_path, 20, seed=2)
    indexer.look(101.0 + REST)
    assert reach(tmp_path) == 320


def test_an_index_that_stands_still_while_entries_wait_is_told(tmp_path: Path) -> None:
    take_in(tmp_path, 300)
    watch = Progress()
    assert watch.check(tmp_path, NOW) == 300
    assert watch.check(tmp_path, NOW + STUCK) == 300
    with pytest.raises(Fault, match="300") as told:
        watch.check(tmp_path, NOW + STUCK + timedelta(seconds=1))
    assert told.value.code == "FH-LOG-97"
    Indexes(tmp_path).catch_up(limit=100)
    assert watch.check(tmp_path, NOW + 2 * STUCK) == 200, "it gets on"
    Indexes(tmp_path).catch_up()
    assert watch.check(tmp_path, NOW + 3 * STUCK) == 0
    assert watch.check(tmp_path, NOW + 9 * STUCK) == 0


@contextmanager
def indexing(home: Path) -> Iterator[subprocess.Popen[bytes]]:
    environment = {**os.environ, "FANGHU_HOME": str(home), "PYTHONPATH": str(SRC)}
    with subprocess.Popen([sys.executable, "-m", "fanghu.cli.indexer"], env=environment) as process:
        try:
            yield process
        finally:
            process.kill()


def until_indexed(home: Path, size: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 120
    while reach(home) < size:
        assert process.poll() is None and time.monotonic() < deadline
        time.sleep(0.05)


def test_the_process_indexes_and_ends_when_told(tmp_path: Path) -> None:
    take_in(tmp_path, 300)
    with indexing(tmp_path) as process:
        until_indexed(tmp_path, 300, process)
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
    every = Indexes(tmp_path)
    assert len(list(every.search(Query()))) == 300


def test_a_killed_process_leaves_what_the_next_one_goes_on_with(tmp_path: Path) -> None:
    take_in(tmp_path, 300)
    with indexing(tmp_path) as process:
        until_indexed(tmp_path, 300, process)
        process.kill()
    take_in(tmp_path, 50, seed=2)
    with indexing(tmp_path) as process:
        until_indexed(tmp_path, 350, process)
    assert Indexes(tmp_path).catch_up(deep=True) == 0


def test_an_index_is_removed_only_while_nobody_is_at_it(tmp_path: Path) -> None:
    take_in(tmp_path, 300)
    [lake] = [other.lake for other in Indexes(tmp_path).others.values()]
    Indexes(tmp_path).catch_up()
    with (lake.folder / "lock").open() as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        dropping = threading.Thread(target=lake.drop, daemon=True)
        dropping.start()
        dropping.join(0.2)
        assert dropping.is_alive() and lake.ledger.reach()[1] == 300
    dropping.join(60)
    assert [path.name for path in lake.folder.iterdir()] == ["lock"]
    Indexer(tmp_path).look(100.0)
    assert reach(tmp_path) == 300


def test_an_empty_folder_costs_neither_django_nor_arrow(tmp_path: Path) -> None:
    said = subprocess.check_output(
        [
            sys.executable,
            "-c",
            "import sys; from pathlib import Path; from fanghu.auditlog.indexing import Indexer; import fanghu.cli.indexer\n"
            "Indexer(Path(sys.argv[1])).look(1.0); print([m for m in ('django', 'pyarrow', 'duckdb') if m in sys.modules])",
            str(tmp_path),
        ],
        env={**os.environ, "PYTHONPATH": str(SRC)},
    )
    assert said.strip() == b"[]"
