"""Verification: every byte of a folder counts, only pinned keys are trusted, and a healthy log raises no alarm."""

from __future__ import annotations

import itertools
import os
import random
import shutil
from pathlib import Path

import pytest

from fanghu.tlog import frames
from fanghu.tlog.bundle import bundled
from fanghu.tlog.checkpoint import Checkpoint
from fanghu.tlog.note import Signer, Verifier, new_key
from fanghu.tlog.reader import LogReader, extends
from fanghu.tlog.report import MEANINGS, UNSURE
from fanghu.tlog.verify import verify_folder
from fanghu.tlog.writer import LogWriter
from tests.tlog.stage import KEYS, NOW, SIGNER, Stage, entries


@pytest.fixture
def small(stage: Stage) -> Stage:
    """One block, a sealed rest and two unsealed batches."""
    with stage.writer() as writer:
        writer.append(entries(0, 270))
        writer.seal(NOW)
        writer.append(entries(270, 271))
        writer.append(entries(271, 273))
    return stage


def test_a_healthy_log_with_an_unsealed_rest_is_fine(small: Stage) -> None:
    seen: list[tuple[int, int]] = []
    report = verify_folder(small.folder, keys=KEYS, progress=lambda done, of: seen.append((done, of)))
    assert report.ok and not report.cannot_tell
    assert (report.size, report.unsealed, report.first_bad) == (270, 3, None)
    assert seen[-1] == (270, 270)


@pytest.mark.slow
def test_a_flipped_bit_in_any_byte_of_any_file_is_found(small: Stage) -> None:
    chance = random.Random(20261122)
    flipped = 0
    for path in small.paths():
        good = path.read_bytes()
        for at in range(len(good)):
            bad = bytearray(good)
            bad[at] ^= 1 << chance.randrange(8)
            path.write_bytes(bad)
            report = small.verify()
            assert not report.ok and not report.cannot_tell, (path, at)
            assert report.first_bad
            flipped += 1
        path.write_bytes(good)
    assert flipped > 2000
    assert small.verify().ok


def test_a_missing_file_is_found(small: Stage) -> None:
    for path in small.paths():
        aside = small.base / "aside"
        path.rename(aside)
        report = small.verify()
        assert not report.ok and not report.cannot_tell, path
        assert report.unsealed in (0, 3)
        aside.rename(path)
    assert small.verify().ok


def test_a_shortened_or_lengthened_file_is_found(small: Stage) -> None:
    for path in small.paths():
        good = path.read_bytes()
        for bad in (b"", good[:-1], good[: len(good) // 2], good + b"\0", good + b"\n", good + good):
            path.write_bytes(bad)
            assert not small.verify().ok, (path, len(bad))
        path.write_bytes(good)


def test_swapped_files_are_found(small: Stage) -> None:
    paths = small.paths()
    for one, other in itertools.pairwise(paths):
        first, second = one.read_bytes(), other.read_bytes()
        one.write_bytes(second)
        other.write_bytes(first)
        assert not small.verify().ok
        one.write_bytes(first)
        other.write_bytes(second)


def test_swapped_or_repeated_blocks_are_found(stage: Stage) -> None:
    with stage.writer() as writer:
        writer.append(entries(0, 768))
        writer.seal(NOW)
    path = stage.folder / "frames" / frames.segment_name(0)
    good = path.read_bytes()
    first = frames.block_length(good, 0) or 0
    second = first + (frames.block_length(good, first) or 0)
    for bad in (good[first:second] + good[:first] + good[second:], good[:first] + good, good[first:], good[:second]):
        path.write_bytes(bad)
        report = stage.verify()
        assert not report.ok and not report.cannot_tell
        assert "FH-TLG-14" in {p.code for p in report.problems}


def test_a_block_repacked_with_other_entries_and_right_checksums_is_found(stage: Stage) -> None:
    with stage.writer() as writer:
        writer.append(entries(0, 300))
        writer.seal(NOW)
    forged = frames.pack_blocks(0, [bundled([*entries(0, 255), entries(999, 1000)[0]])])[0]
    (stage.folder / "frames" / frames.segment_name(0)).write_bytes(forged)
    report = stage.verify()
    assert {p.code for p in report.problems} == {"FH-TLG-17", "FH-TLG-19"}


def test_what_does_not_belong_is_found(small: Stage) -> None:
    for name in ("index.db", "frames/x", "frames/0000000000000001.blocks", "tile/1/000", "tile/1/001", "tile/0/000",
                 "tile/1/000.p/2", "tile/1/000.p/01", "tile/9/000", ".hidden", "checkpoint~"):  # fmt: skip
        path = small.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x" * 32)
        report = small.verify()
        assert not report.ok and not report.cannot_tell, name
        path.unlink()
    (small.folder / "more").mkdir()
    assert not small.verify().ok
    (small.folder / "more").rmdir()
    assert small.verify().ok


def test_a_link_is_not_followed(small: Stage) -> None:
    tile = small.folder / "tile/1/000.p/1"
    tile.rename(small.base / "elsewhere")
    tile.symlink_to(small.base / "elsewhere")
    assert not small.verify().ok


def test_a_folder_or_a_pipe_in_place_of_a_file_is_found_without_waiting(small: Stage) -> None:
    for path in small.paths():
        good = path.read_bytes()
        path.unlink()
        path.mkdir()
        assert not small.verify().ok and not small.verify().cannot_tell, path
        path.rmdir()
        os.mkfifo(path)
        assert not small.verify().ok and not small.verify().cannot_tell, path
        path.unlink()
        path.write_bytes(good)
    assert small.verify().ok


def test_a_sparse_giant_is_not_read(small: Stage) -> None:
    for path in small.paths():
        good = path.read_bytes()
        os.truncate(path, 1 << 36)
        report = small.verify()
        assert not report.ok and not report.cannot_tell, path
        path.write_bytes(good)


def test_only_a_pinned_key_is_trusted(small: Stage) -> None:
    other = Verifier.parse(new_key(SIGNER.name)[1])
    assert not verify_folder(small.folder, keys=[other]).ok
    none = verify_folder(small.folder, keys=[])
    assert not none.ok and none.cannot_tell
    assert verify_folder(small.folder, keys=[other, *KEYS]).ok


def test_nothing_there_cannot_be_told(tmp_path: Path) -> None:
    assert verify_folder(tmp_path / "gone", keys=KEYS).cannot_tell
    (tmp_path / "bare").mkdir()
    assert verify_folder(tmp_path / "bare", keys=KEYS).cannot_tell


def rewrite(stage: Stage, data: list[bytes]) -> None:
    """What root with the key can do: a new folder of other entries, signed well."""
    shutil.rmtree(stage.folder)
    with stage.writer() as writer:
        writer.append(data)
        writer.seal(NOW)


def test_a_log_rewritten_by_the_keys_owner_does_not_extend_a_kept_checkpoint(small: Stage) -> None:
    kept = (small.folder / "checkpoint").read_bytes()
    assert small.verify(since=kept).ok
    rewrite(small, [*entries(0, 100), *entries(900, 1100)])
    assert small.verify().ok
    report = small.verify(since=kept)
    assert {p.code for p in report.problems} == {"FH-TLG-20"}
    assert not extends(LogReader(small.folder), Checkpoint.parse(kept))


def test_a_log_cut_back_to_an_older_state_does_not_extend_a_kept_checkpoint(small: Stage) -> None:
    kept = (small.folder / "checkpoint").read_bytes()
    rewrite(small, entries(0, 269))
    assert not small.verify(since=kept).ok
    rewrite(small, entries(0, 700))
    assert small.verify(since=kept).ok
    assert extends(LogReader(small.folder), Checkpoint.parse(kept))


def test_a_kept_checkpoint_that_nobody_pinned_signed_proves_nothing(small: Stage) -> None:
    forged = Checkpoint(SIGNER.name, 0, bytes(32)).signed(Signer(SIGNER.name, new_key(SIGNER.name)[0]), NOW).note
    for since in (forged, b"", b"hello\n"):
        assert {p.code for p in small.verify(since=since).problems} == {"FH-TLG-21"}


def test_another_logs_folder_is_not_this_log(small: Stage, tmp_path: Path) -> None:
    other = Signer("other.example/log", SIGNER.private)
    folder = tmp_path / "other"
    with LogWriter.open(folder, origin=other.name, signer=other, lock_path=tmp_path / "lock2", create=True) as writer:
        writer.append(entries(0, 270))
        writer.seal(NOW)
    assert not verify_folder(folder, keys=KEYS).ok
    assert verify_folder(folder, keys=[other.verifier]).ok


def test_every_message_is_told_in_both_languages(small: Stage) -> None:
    (small.folder / "checkpoint").write_bytes(b"?")
    for problem in small.verify().problems:
        assert problem.code.startswith("FH-TLG-")
        assert problem.message_en.endswith(".") and problem.message_zh.endswith("。")


def test_the_guide_lists_every_finding() -> None:
    guide = (Path(__file__).parents[2] / "docs/guide/log-format.md").read_text()
    for code, (english, _) in MEANINGS.items():
        answer = "cannot tell" if code in UNSURE else "bad"
        assert f"| {code} | {english} | {answer} |" in guide
