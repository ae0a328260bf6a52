"""Two writers on one log: whatever becomes of the lock, the log is never forked."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from fanghu.tlog.damage import LogBusy, LogDamaged, LogOvertaken, LogRefuses
from fanghu.tlog.reader import LogReader
from fanghu.tlog.writer import LogWriter
from tests.tlog.stage import NOW, Stage, entries


def let_in(writer: LogWriter) -> None:
    """Give up both locks behind the writer's back, as a file system without locks would."""
    os.close(writer._claim)
    os.close(writer._lock)
    writer._claim = writer._lock = -1


def test_a_deleted_lock_lets_nobody_in(stage: Stage) -> None:
    with stage.writer() as first:
        first.append(entries(0, 3))
        (stage.base / "lock").unlink()
        with pytest.raises(LogBusy):
            stage.writer()
        first.append(entries(3, 5))
        assert first.seal(NOW).size == 5
    assert stage.verify().ok


def test_after_a_refused_start_the_folder_is_free_again(stage: Stage) -> None:
    with stage.writer() as writer:
        writer.append(entries(0, 3))
        writer.seal(NOW)
    good = (stage.folder / "checkpoint").read_bytes()
    (stage.folder / "checkpoint").write_bytes(b"?")
    with pytest.raises(LogDamaged):
        stage.writer()
    (stage.folder / "checkpoint").write_bytes(good)
    with stage.writer() as writer:
        assert writer.size == 3


@pytest.mark.parametrize("count", [2, 300])
def test_the_slower_of_two_neither_appends_nor_seals(stage: Stage, count: int) -> None:
    first = stage.writer()
    first.append(entries(0, 3))
    first.seal(NOW)
    let_in(first)
    with stage.writer() as second:
        second.append(entries(3, 3 + count))
        with pytest.raises(LogOvertaken) as told:
            first.append(entries(700, 701))
        assert told.value.code == "FH-TLG-07"
        with pytest.raises(LogRefuses):
            first.seal(NOW)
        kept = second.seal(NOW)
    first.close()
    assert kept.size == 3 + count
    report = stage.verify(since=kept.note)
    assert report.ok, report.problems
    assert [e.data for _, e in LogReader(stage.folder).entries()] == entries(0, 3 + count)


def test_what_the_slower_appended_before_is_sealed_once(stage: Stage) -> None:
    first = stage.writer()
    first.append(entries(0, 3))
    let_in(first)
    with stage.writer() as second:
        assert second.size == 3
        kept = second.seal(NOW)
        with pytest.raises(LogOvertaken):
            first.seal(NOW)
        second.append(entries(3, 4))
    first.close()
    assert stage.verify(since=kept.note).ok


def test_an_older_state_put_back_under_a_writer_is_not_continued(stage: Stage, tmp_path: Path) -> None:
    with stage.writer() as writer:
        writer.append(entries(0, 3))
        writer.seal(NOW)
        shutil.copytree(stage.folder, tmp_path / "older")
        writer.append(entries(3, 6))
        kept = writer.seal(NOW)
        shutil.rmtree(stage.folder)
        shutil.copytree(tmp_path / "older", stage.folder)
        with pytest.raises(LogOvertaken):
            writer.append(entries(6, 7))
    assert {p.code for p in stage.verify(since=kept.note).problems} == {"FH-TLG-20"}


def test_a_folder_taken_away_under_a_writer_is_noticed(stage: Stage) -> None:
    with stage.writer() as writer:
        writer.append(entries(0, 3))
        shutil.rmtree(stage.folder)
        with pytest.raises(LogOvertaken):
            writer.seal(NOW)
