"""A long log is hashed by several processes, and what they find is what one process finds, to the word."""

from __future__ import annotations

import io
import shutil
import sys
from pathlib import Path

import pytest

from fanghu.tlog import frames
from fanghu.tlog.bundle import bundled
from fanghu.tlog.report import Report
from fanghu.tlog.segments import Crew, level_one, serve
from fanghu.tlog.snapshot import Snapshot
from fanghu.tlog.verify import verify_folder
from tests.tlog.stage import KEYS, NOW, Stage, entries

SIZE = 2 * frames.SEGMENT + 300


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """Two full segments, one block, a rest; with a checkpoint from within the second segment."""
    stage = Stage(tmp_path_factory.mktemp("long"))
    with stage.writer() as writer:
        writer.append(entries(0, frames.SEGMENT + 1000))
        early = writer.seal(NOW).note
        writer.append(entries(frames.SEGMENT + 1000, SIZE))
        writer.seal(NOW)
    files = {str(path.relative_to(stage.folder)): path.read_bytes() for path in stage.paths()}
    return {**files, "": early}


@pytest.fixture
def long(kept: dict[str, bytes], stage: Stage) -> Stage:
    """A copy to spoil."""
    for name, data in kept.items():
        if name:
            path = stage.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
    return stage


def both(stage: Stage, since: bytes | None = None) -> Report:
    """One process and several find the same."""
    alone = verify_folder(stage.folder, keys=KEYS, since=since, workers=1)
    assert verify_folder(stage.folder, keys=KEYS, since=since, workers=2) == alone
    return alone


def test_a_healthy_log_is_good_however_many_look(long: Stage, kept: dict[str, bytes]) -> None:
    assert both(long).ok
    report = both(long, since=kept[""])
    assert report.ok and report.size == SIZE


def test_damage_anywhere_is_named_alike(long: Stage) -> None:
    first, second = (long.folder / "frames" / frames.segment_name(n) for n in (0, frames.SEGMENT))
    tile = long.folder / "tile/1/001"
    for path, spoil in (
        (first, lambda _: None),
        (second, lambda data: data[:-1]),
        (tile, lambda data: data[32:] + data[:32]),
    ):
        good = path.read_bytes()
        spoilt = spoil(good)
        path.unlink()
        if spoilt is not None:
            path.write_bytes(spoilt)
        report = both(long)
        assert not report.ok and not report.cannot_tell, (path.name, report.problems)
        path.write_bytes(good)


def test_the_first_bad_entry_is_named(long: Stage) -> None:
    path = long.folder / "frames" / frames.segment_name(frames.SEGMENT)
    data = path.read_bytes()
    third = 0
    for _ in range(3):
        third += frames.block_length(data, third) or 0
    path.write_bytes(data[: third + 30] + b"?" + data[third + 31 :])
    assert both(long).first_bad == f"frames/{path.name} entry {frames.SEGMENT + 3 * 256}"


def test_blocks_packed_anew_with_other_entries_are_found(long: Stage) -> None:
    """Checksums right, hashes not: only the tree can tell."""
    path = long.folder / "frames" / frames.segment_name(0)
    data = path.read_bytes()
    first = frames.block_length(data, 0) or 0
    path.write_bytes(frames.pack_blocks(0, [bundled(entries(7, 263))])[0] + data[first:])
    report = both(long)
    assert {p.code for p in report.problems} == {"FH-TLG-17", "FH-TLG-19"}


def test_where_no_process_can_be_started_one_does_it_all(long: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    alone = verify_folder(long.folder, keys=KEYS, workers=1)
    for executable in ("", "/nowhere/python", shutil.which("true") or "/bin/true"):
        monkeypatch.setattr(sys, "executable", executable)
        assert verify_folder(long.folder, keys=KEYS, workers=2) == alone
        assert alone.ok


def test_a_process_that_dies_leaves_its_share_to_the_asker(long: Stage) -> None:
    work = [(n, (long.folder / "frames" / frames.segment_name(n)).stat().st_size) for n in (0, frames.SEGMENT)]
    with Crew(long.folder, work, 1) as crew:
        assert crew.level_one(0) is not None
        for worker in crew._workers:
            worker.kill()
            worker.wait()
        # it may have answered before it died; either way what is said is right
        said = crew.level_one(frames.SEGMENT)
    disk = Snapshot(long.folder)
    disk.look()
    assert said in (None, level_one(disk, frames.SEGMENT))


def test_a_process_answers_in_order_and_vouches_for_nothing_unsound(long: Stage) -> None:
    name = long.folder / "frames" / frames.segment_name(0)
    answers = io.BytesIO()
    length = name.stat().st_size
    serve(long.folder, io.BytesIO(f"0 {length}\n0 {length - 1}\n655360 99\n".encode()), answers)
    data = answers.getvalue()
    assert len(data) == 3 * 8193
    assert data[1:8193] == (long.folder / "tile/1/000").read_bytes()
    assert data[:1] == b"1" and data[8193:] == b"0" * 2 * 8193


def test_a_link_in_place_of_a_segment_is_followed_by_no_process(long: Stage, tmp_path: Path) -> None:
    path = long.folder / "frames" / frames.segment_name(0)
    path.rename(tmp_path / "elsewhere")
    path.symlink_to(tmp_path / "elsewhere")
    assert not both(long).ok
