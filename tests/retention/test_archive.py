"""A log copied elsewhere verifies there, and comes back whole or not at all."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from fanghu.faults import Fault
from fanghu.retention.archive import copy, restore
from fanghu.retention.stores import FolderStore
from fanghu.tlog import frames
from tests.tlog.stage import KEYS, NOW, Stage, entries


@pytest.fixture(scope="module")
def grown(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A whole segment and a rest."""
    stage = Stage(tmp_path_factory.mktemp("grown"))
    with stage.writer() as writer:
        writer.append(entries(0, frames.SEGMENT + 300))
        writer.seal(NOW)
    return stage.base


@pytest.fixture
def stage(grown: Path, tmp_path: Path) -> Stage:
    return Stage(Path(shutil.copytree(grown, tmp_path / "house")))


def test_a_copy_verifies_and_the_next_brings_only_what_is_new(stage: Stage, tmp_path: Path) -> None:
    first = copy(stage.folder, FolderStore(tmp_path / "archive"), KEYS)
    assert first.report.ok and first.report.size == frames.SEGMENT + 300
    with stage.writer() as writer:
        writer.append(entries(writer.size, writer.size + 700))
        writer.seal(NOW)
    second = copy(stage.folder, FolderStore(tmp_path / "archive"), KEYS)
    assert second.report.size == frames.SEGMENT + 1000
    assert second.size < first.size / 4


def test_a_copy_of_a_log_that_is_written_to_meanwhile(
    stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The copy is looked at again until it holds together."""
    writer, copyfile, rounds = stage.writer(), shutil.copyfile, []

    def growing(source: Path, to: Path) -> None:
        if Path(source).name == "tail" and len(rounds) < 2:
            rounds.append(source)
            writer.append(entries(writer.size, writer.size + 300))
            writer.seal(NOW)
        copyfile(source, to)

    monkeypatch.setattr(shutil, "copyfile", growing)
    with writer:
        assert copy(stage.folder, FolderStore(tmp_path / "archive"), KEYS).report.ok
    assert len(rounds) == 2


def test_a_spoilt_log_is_not_archived_as_good(stage: Stage, tmp_path: Path) -> None:
    part = stage.folder / "frames" / frames.segment_name(0)
    data = part.read_bytes()
    part.write_bytes(data[:500] + bytes([data[500] ^ 1]) + data[501:])
    with pytest.raises(Fault, match="FH-RET-08"):
        copy(stage.folder, FolderStore(tmp_path / "archive"), KEYS)


def test_nothing_is_copied_over_a_folder_of_something_else(stage: Stage, tmp_path: Path) -> None:
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "cat.jpg").write_bytes(b"meow")
    with pytest.raises(Fault, match="FH-RET-07"):
        copy(stage.folder, FolderStore(tmp_path / "photos"), KEYS)
    assert [path.name for path in (tmp_path / "photos").iterdir()] == ["cat.jpg"]


def test_a_lost_log_comes_back(stage: Stage, tmp_path: Path) -> None:
    copy(stage.folder, FolderStore(tmp_path / "archive"), KEYS)
    shutil.rmtree(stage.folder)
    assert restore(FolderStore(tmp_path / "archive"), stage.folder, KEYS).report.ok
    with stage.writer(create=False) as writer:
        assert writer.size == frames.SEGMENT + 300


def test_a_lost_segment_comes_back_into_a_log_that_went_on(stage: Stage, tmp_path: Path) -> None:
    copy(stage.folder, FolderStore(tmp_path / "archive"), KEYS)
    with stage.writer() as writer:
        writer.append(entries(writer.size, writer.size + 10))
        writer.seal(NOW)
    (stage.folder / "frames" / frames.segment_name(0)).unlink()
    assert not stage.verify().ok
    assert restore(FolderStore(tmp_path / "archive"), stage.folder, KEYS).files == 1
    assert stage.verify().ok and stage.verify().size == frames.SEGMENT + 310


def test_an_archive_of_another_log_or_a_spoilt_one_changes_nothing(stage: Stage, tmp_path: Path) -> None:
    copy(stage.folder, FolderStore(tmp_path / "archive"), KEYS)
    (stage.folder / "frames" / frames.segment_name(0)).unlink()
    before = {path: path.read_bytes() for path in stage.paths()}
    part = tmp_path / "archive" / "frames" / frames.segment_name(0)
    data = part.read_bytes()
    part.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    with pytest.raises(Fault, match="FH-RET-08"):
        restore(FolderStore(tmp_path / "archive"), stage.folder, KEYS)
    other = Stage(tmp_path / "other")
    other.base.mkdir()
    with other.writer() as writer:
        writer.append(entries(7, 1_000))
        writer.seal(NOW)
    with pytest.raises(Fault, match="FH-RET-09"):
        restore(FolderStore(other.folder), stage.folder, KEYS)
    assert {path: path.read_bytes() for path in stage.paths()} == before
