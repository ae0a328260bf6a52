"""Full segments packed anew: the same log to every reader, smaller; and no death or neighbour makes it another."""

from __future__ import annotations

import contextlib
import shutil
from pathlib import Path

import pytest

from fanghu.tlog import frames
from fanghu.tlog.bundle import bundled
from fanghu.tlog.publication import resource
from fanghu.tlog.reader import LogReader
from fanghu.tlog.tightening import tighten
from fanghu.tlog.verify import verify_folder
from tests.tlog.stage import KEYS, NOW, Died, FullDisk, MortalFiles, PowerCutFiles, Stage, entries

SIZE = frames.SEGMENT + 300
FULL = frames.segment_name(0)


@pytest.fixture(scope="module")
def loose(tmp_path_factory: pytest.TempPathFactory) -> Stage:
    """A full segment and a rest, as sealed."""
    stage = Stage(tmp_path_factory.mktemp("loose"))
    with stage.writer() as writer:
        writer.append(entries(0, SIZE))
        writer.seal(NOW)
    return stage


@pytest.fixture(scope="module")
def tight(loose: Stage, tmp_path_factory: pytest.TempPathFactory) -> Stage:
    """The same, packed tight."""
    stage = Stage(Path(shutil.copytree(loose.base, tmp_path_factory.mktemp("tight") / "copy")))
    assert tighten(stage.folder, stage.base / "tight") == 1
    return stage


def copied(stage: Stage, target: Path) -> Stage:
    return Stage(Path(shutil.copytree(stage.base, target)))


def test_the_same_log_smaller(loose: Stage, tight: Stage) -> None:
    before, after = (stage.folder / "frames" / FULL for stage in (loose, tight))
    assert after.stat().st_size < before.stat().st_size * 0.95
    assert verify_folder(tight.folder, keys=KEYS, workers=1).ok and verify_folder(tight.folder, keys=KEYS, workers=2).ok
    assert [e.data for _, e in LogReader(tight.folder).entries()] == entries(0, SIZE)
    reader = LogReader(tight.folder)
    for index in (65_535, 0, 300, 255, 256, 40_000):
        assert reader.entry(index).data == entries(index, index + 1)[0]
    for path in ("tile/entries/000", "tile/entries/255", "tile/0/017"):
        assert resource(LogReader(tight.folder), path) == resource(LogReader(loose.folder), path)
    assert tighten(tight.folder, tight.base / "tight") == 0, "once is enough"
    assert not (tight.base / "tight").exists()


def test_it_goes_on_and_lets_go(tight: Stage, tmp_path: Path) -> None:
    stage = copied(tight, tmp_path / "copy")
    with stage.writer() as writer:
        writer.append(entries(SIZE, SIZE + 600))
        kept = writer.seal(NOW).note
        assert stage.verify(since=kept).ok
        writer.prune(SIZE, {}, NOW)
        assert tighten(stage.folder, stage.base / "tight") == 0
    assert stage.verify(since=kept).ok


def test_a_reader_that_was_there_before_reads_on(loose: Stage, tmp_path: Path) -> None:
    stage = copied(loose, tmp_path / "copy")
    reader = LogReader(stage.folder)
    assert reader.entry(700).data == entries(700, 701)[0]
    with stage.writer() as writer:  # nor does a writer mind
        assert tighten(stage.folder, stage.base / "tight") == 1
        writer.append(entries(SIZE, SIZE + 1))
        writer.seal(NOW)
    for index in (50_000, 700, 0):
        assert reader.entry(index).data == entries(index, index + 1)[0]
    assert stage.verify().ok


def test_every_byte_counts_as_before(tight: Stage, tmp_path: Path) -> None:
    stage = copied(tight, tmp_path / "copy")
    path = stage.folder / "frames" / FULL
    good = path.read_bytes()
    first = frames.block_length(good, 0) or 0
    for at in (0, 3, 5, 20, first - 1, first + 3, first + 40, len(good) // 2, len(good) - 1):
        path.write_bytes(good[:at] + bytes([good[at] ^ 1]) + good[at + 1 :])
        report = stage.verify()
        assert not report.ok and not report.cannot_tell, at
        assert report.first_bad and report.first_bad.startswith(f"frames/{FULL}"), report.problems
    path.write_bytes(
        good[:first]
        + frames.pack_blocks(256, [bundled(entries(256, 512))])[0]
        + good[first + (frames.block_length(good, first) or 0) :]
    )
    assert stage.verify().ok, "loose and tight blocks may stand beside one another"


def test_what_is_damaged_is_left_for_verification_to_find(loose: Stage, tmp_path: Path) -> None:
    stage = copied(loose, tmp_path / "copy")
    path = stage.folder / "frames" / FULL
    good = path.read_bytes()
    first = frames.block_length(good, 0) or 0
    forged = frames.pack_blocks(0, [bundled(entries(7, 263))])[0] + good[first:]
    for bad in (forged, good[:-1], good + b"x", good[: len(good) // 2] + b"?" + good[len(good) // 2 + 1 :]):
        path.write_bytes(bad)
        assert tighten(stage.folder, stage.base / "tight") == 0
        assert path.read_bytes() == bad
    assert tighten(tmp_path / "nowhere", stage.base / "tight") == 0


@pytest.mark.parametrize("kind", ["killed", "power", "full"])
def test_death_at_any_step_leaves_one_or_the_other(loose: Stage, tmp_path: Path, kind: str) -> None:
    counting = MortalFiles()
    tighten(copied(loose, tmp_path / "dry").folder, tmp_path / "dry" / "tight", files=counting)
    assert counting.steps >= 5
    for last in range(1, counting.steps + 1):
        stage = copied(loose, tmp_path / f"{last}")
        files = {"killed": MortalFiles, "full": FullDisk}.get(kind, MortalFiles)(last)
        if kind == "power":
            files = PowerCutFiles(stage.folder, last)
        with contextlib.suppress(Died, OSError):
            tighten(stage.folder, stage.base / "tight", files=files)
        if isinstance(files, PowerCutFiles):
            files.cut()
        assert stage.verify().ok, last
        shutil.rmtree(stage.base)
