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


def test_an_archive_is_never_spoilt_by_what_is_archived_over_it(stage: Stage, tmp_path: Path) -> None:
    """Not by another log, not by the same set back, not by one that lost a segment: it may be all that is left."""
    to, older = FolderStore(tmp_path / "archive"), shutil.copytree(stage.base, tmp_path / "older")
    with stage.writer() as writer:
        writer.append(entries(writer.size, writer.size + 300))
        writer.seal(NOW)
    copy(stage.folder, to, KEYS)
    other = Stage(tmp_path / "other")
    other.base.mkdir()
    with other.writer() as writer:
        writer.append(entries(7, frames.SEGMENT + 2_000))
        writer.seal(NOW)
    before = {path: path.read_bytes() for path in to.folder.rglob("*") if path.is_file()}
    for log in (other.folder, older / "log"):
        with pytest.raises(Fault, match="FH-RET-18"):
            copy(log, to, KEYS)
    (stage.folder / "frames" / frames.segment_name(0)).unlink()
    with pytest.raises(Fault, match="FH-RET-20"):
        copy(stage.folder, to, KEYS)
    assert {path: path.read_bytes() for path in to.folder.rglob("*") if path.is_file()} == before
    restore(to, stage.folder, KEYS)
    assert stage.verify().ok
    assert copy(stage.folder, to, KEYS).report.ok


def test_a_file_that_is_none_of_a_log_is_never_removed(stage: Stage, tmp_path: Path) -> None:
    """A name such as ``checkpoint`` alone makes no archive of a folder."""
    for beside in ("notes.txt", "frames/notes.txt"):
        folder = tmp_path / beside.replace("/", "-")
        (folder / "frames").mkdir(parents=True)
        (folder / "checkpoint").write_bytes(b"mine")
        (folder / beside).write_bytes(b"mine")
        with pytest.raises(Fault, match="FH-RET-07"):
            copy(stage.folder, FolderStore(folder), KEYS)
        assert (folder / beside).read_bytes() == b"mine"


def test_a_copy_that_was_cut_short_goes_on(stage: Stage, tmp_path: Path) -> None:
    """A power cut leaves a draft beside its place."""
    copy(stage.folder, FolderStore(tmp_path / "archive"), KEYS)
    (tmp_path / "archive" / "frames" / ".tail.new").write_bytes(b"half")
    assert copy(stage.folder, FolderStore(tmp_path / "archive"), KEYS).report.ok
    assert not (tmp_path / "archive" / "frames" / ".tail.new").exists()


def test_every_file_of_a_log_that_did_not_go_on_comes_back(stage: Stage, tmp_path: Path) -> None:
    copy(stage.folder, FolderStore(tmp_path / "archive"), KEYS)
    for path in stage.paths():
        if path.name == "checkpoint":
            continue
        data = path.read_bytes()
        path.unlink()
        assert restore(FolderStore(tmp_path / "archive"), stage.folder, KEYS).files == 1
        assert path.read_bytes() == data


def test_a_place_without_an_archive_is_told_as_one(stage: Stage, tmp_path: Path) -> None:
    with pytest.raises(Fault, match="FH-RET-19"):
        restore(FolderStore(tmp_path / "nothing"), tmp_path / "house2" / "log", KEYS)


def test_an_archive_goes_on_after_what_it_ended_in_was_let_go(stage: Stage, tmp_path: Path) -> None:
    copy(stage.folder, FolderStore(tmp_path / "archive"), KEYS)
    with stage.writer() as writer:
        writer.append(entries(writer.size, 2 * frames.SEGMENT + 10))
        writer.seal(NOW)
        writer.prune(2 * frames.SEGMENT, {"approval": "1"}, NOW)
    assert copy(stage.folder, FolderStore(tmp_path / "archive"), KEYS).report.first == 2 * frames.SEGMENT
