"""Fifty writers killed, a clock that steps, a disk that fills: a process of its own does the killing."""

from __future__ import annotations

import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from fanghu.tlog.checkpoint import Checkpoint
from fanghu.tlog.damage import LogDamaged, LogRefuses
from fanghu.tlog.note import Note, Signer
from fanghu.tlog.reader import LogReader, extends
from tests.tlog.stage import NOW, FullDisk, Stage, entries

ROOT = Path(__file__).parents[2]


LOSES = """
import sys, pathlib, log_faults
base = pathlib.Path(sys.argv[1])
with log_faults._writer(base) as writer:
    writer.append([log_faults._entry(n) for n in (0, 1, 1)])
print(log_faults._after(base, 4, None)[0])
"""


def bench(code: str, *arguments: str) -> str:
    """What some code says that knows the benchmark."""
    return subprocess.run(
        [sys.executable, "-c", code, *arguments],
        env={"PYTHONPATH": f"{ROOT}/src:{ROOT}/bench"},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    ).stdout


def test_the_benchmark_sees_what_is_lost_or_altered(tmp_path: Path) -> None:
    assert bench(LOSES, str(tmp_path)).strip() == "['lost: 4 acknowledged, 3 there', 'altered or doubled']"


def test_fifty_writers_killed_lose_nothing() -> None:
    told = bench("import log_faults; print(log_faults.rounds(50, 20261122))")
    wrong, _, acked = told.strip().strip("()").rpartition(", ")
    assert wrong == "[]", wrong
    assert int(acked) > 500


def test_a_forged_checkpoint_vouches_for_nothing(stage: Stage) -> None:
    """Whoever can write the folder and has no key: another key of the same name, a key of another name, an old line kept."""
    with stage.writer() as writer:
        writer.append(entries(0, 300))
        good = writer.seal(NOW)
    root = LogReader(stage.folder).root(200)
    forged = Checkpoint(good.origin, 200, root)
    lines = Note.parse(good.note).signatures
    for note in (
        forged.signed(Signer(good.origin, bytes(32)), NOW).note,
        forged.signed(Signer("other.example/log", bytes(32)), NOW).note,
        bytes(Note(forged.text, lines)),
        bytes(
            Note(good.text, lines[:1] + Note.parse(forged.signed(Signer(good.origin, bytes(32)), NOW).note).signatures)
        ),
    ):
        (stage.folder / "checkpoint").write_bytes(note)
        report = stage.verify()
        assert [p.code for p in report.problems][:1] == ["FH-TLG-12"] and not report.cannot_tell
        with pytest.raises(LogDamaged):
            stage.writer()
    (stage.folder / "checkpoint").write_bytes(good.note)
    assert stage.verify().ok


@pytest.mark.parametrize("step", [timedelta(hours=1), timedelta(hours=-1), timedelta(days=1), timedelta(days=-1)])
def test_a_clock_that_steps_says_so_and_breaks_nothing(stage: Stage, step: timedelta) -> None:
    """The order of a log is its own; the time of sealing is only what the clock said."""
    with stage.writer() as writer:
        writer.append(entries(0, 5))
        before = writer.seal(NOW)
        writer.append(entries(5, 300))
        after = writer.seal(NOW + step)
    assert before.sealed_at == NOW and after.sealed_at == NOW + step
    assert stage.verify(since=before.note).ok
    assert extends(LogReader(stage.folder), before)


def test_a_disk_that_fills_at_any_write_loses_nothing_acknowledged(stage: Stage) -> None:
    last, whole = 0, False
    while not whole:
        last += 1
        here = Stage(stage.base / str(last))
        here.base.mkdir()
        with here.writer() as writer:
            writer.append(entries(0, 10))
            kept = writer.seal(NOW).note
        acked = 10
        with here.writer(FullDisk(last)) as writer:
            try:
                for count in (5, 290):
                    writer.append(entries(acked, acked + count))
                    acked += count
                    writer.seal(NOW)
                whole = True
            except LogRefuses:
                with pytest.raises(LogRefuses):
                    writer.append(entries(acked, acked + 1))
        with here.writer() as writer:
            assert writer.size == acked
            writer.seal(NOW)
        report = here.verify(since=kept)
        assert report.ok, (last, report.problems)
        assert [e.data for _, e in LogReader(here.folder).entries()] == entries(0, acked)
    assert last > 6
