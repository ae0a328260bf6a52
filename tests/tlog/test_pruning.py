"""A log lets its oldest entries go: everything left is as provable as before, and nothing else may be missing."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from fanghu.tlog import frames
from fanghu.tlog.checkpoint import Checkpoint
from fanghu.tlog.damage import LogDamaged, LogPruned, LogRefuses
from fanghu.tlog.files import Files
from fanghu.tlog.merkle import consistency_holds, inclusion_holds, leaf_hash
from fanghu.tlog.note import Signer
from fanghu.tlog.pruning import Pruned, pointer
from fanghu.tlog.pruning import record as pruning_record
from fanghu.tlog.publication import paths, resource
from fanghu.tlog.reader import LogReader, extends
from fanghu.tlog.tiles import Tile
from fanghu.tlog.verify import verify_folder
from fanghu.tlog.writer import LogWriter
from tests.tlog.stage import KEYS, NOW, SIGNER, Died, FullDisk, MortalFiles, PowerCutFiles, Stage, entries

GONE = 2 * frames.SEGMENT
SIZE = GONE + 300
WHY = {"decided_by": "p-7", "approved_by": "p-9", "why": "three years are over"}


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[int, bytes]]:
    """Two full segments and a rest; checkpoints kept at several sizes."""
    stage = Stage(tmp_path_factory.mktemp("whole"))
    kept: dict[int, bytes] = {}
    with stage.writer() as writer:
        for size in (1000, 1024, frames.SEGMENT + 1, GONE, GONE + 7, SIZE):
            writer.append(entries(writer.size, size))
            kept[size] = writer.seal(NOW).note
    return stage.base, kept


@pytest.fixture
def log(whole: tuple[Path, dict[int, bytes]], tmp_path: Path) -> Stage:
    """A copy to prune or spoil."""
    return Stage(Path(shutil.copytree(whole[0], tmp_path / "copy")))


@pytest.fixture
def pruned(log: Stage) -> Stage:
    """The copy, both segments gone."""
    with log.writer() as writer:
        gone = writer.prune(GONE + 250, WHY, NOW)
        assert (gone.first, gone.record, writer.first) == (GONE, SIZE, GONE)
    return log


def test_the_files_are_gone_and_the_rest_verifies(pruned: Stage) -> None:
    assert [p.name for p in pruned.folder.glob("frames/*")] == ["tail"] or not list(
        pruned.folder.glob("frames/*0.blocks")
    )
    report = pruned.verify()
    assert report.ok, report.problems
    assert (report.size, report.first) == (SIZE + 1, GONE)
    held = list(LogReader(pruned.folder, keys=KEYS).entries())
    assert [index for index, _ in held] == list(range(GONE, SIZE + 1))
    assert [e.data for _, e in held[:-1]] == entries(GONE, SIZE)


def test_the_record_says_who_what_and_how_many(pruned: Stage, whole: tuple[Path, dict[int, bytes]]) -> None:
    entry = LogReader(pruned.folder).entry(SIZE)
    root = Checkpoint.parse(whole[1][GONE]).root
    assert (entry.envelope.kind, entry.envelope.type) == ("meta", "log.pruned")
    assert entry.envelope.detail == {**WHY, "first": GONE, "count": GONE, "root": root.hex()}


def test_what_is_left_is_proven_as_before(pruned: Stage, whole: tuple[Path, dict[int, bytes]]) -> None:
    reader = LogReader(pruned.folder)
    now = reader.checkpoint()
    for index in (GONE, GONE + 255, GONE + 256, SIZE - 1, SIZE):
        proof = reader.inclusion_proof(index)
        assert inclusion_holds(index, now.size, leaf_hash(reader.entry(index).data), proof, now.root)
    for size in (1024, GONE, GONE + 7, SIZE):
        old = Checkpoint.parse(whole[1][size])
        assert consistency_holds(size, now.size, old.root, now.root, reader.consistency_proof(size))
        assert extends(reader, old)
        assert pruned.verify(since=old.note).ok, size


def test_what_is_gone_is_said_to_be_gone(pruned: Stage, whole: tuple[Path, dict[int, bytes]]) -> None:
    reader = LogReader(pruned.folder)
    asked: list[Callable[[], object]] = [
        lambda: list(reader.entries(0)), lambda: list(reader.entries(GONE - 1)), lambda: reader.entry(5),
        lambda: reader.inclusion_proof(5), lambda: reader.consistency_proof(1000), lambda: reader.root(GONE - 1),
        lambda: reader.tile(Tile(0, 3)), lambda: resource(reader, "tile/entries/003"), lambda: resource(reader, "tile/0/003"),
    ]  # fmt: skip
    for ask in asked:
        with pytest.raises(LogPruned):
            ask()
    report = pruned.verify(since=whole[1][1000])
    assert report.cannot_tell and [p.code for p in report.problems] == ["FH-TLG-25"]
    assert all(resource(reader, path) for path in paths(reader.size, reader.first))


def test_it_goes_on_and_lets_more_go_later(log: Stage) -> None:
    with log.writer() as writer:
        assert writer.prune(frames.SEGMENT - 1, WHY, NOW) == Pruned(), "no whole segment yet"
        assert writer.size == SIZE
        assert writer.prune(frames.SEGMENT, WHY, NOW).first == frames.SEGMENT
        assert writer.prune(frames.SEGMENT + 5, WHY, NOW).record == SIZE, "nothing more: nothing is recorded"
        kept = writer.seal(NOW).note
    report = verify_folder(log.folder, keys=KEYS, since=kept, workers=2)
    assert report.ok and report.first == frames.SEGMENT
    with log.writer() as writer:
        assert writer.first == frames.SEGMENT
        assert writer.prune(SIZE, WHY, NOW) == writer.prune(SIZE, WHY, NOW)
        writer.append(entries(writer.size, writer.size + 700))
        writer.seal(NOW)
    report = log.verify(since=kept)
    assert report.ok and report.first == GONE
    detail = LogReader(log.folder).entry(SIZE + 1).envelope.detail
    assert detail["count"] == frames.SEGMENT and detail["first"] == GONE


def test_the_new_key_alone_vouches_for_what_was_let_go_under_the_old(pruned: Stage) -> None:
    new = Signer(SIGNER.name, bytes(range(1, 33)))
    with pruned.writer() as writer:
        writer.rotate(new, NOW + timedelta(days=1))
    report = verify_folder(pruned.folder, keys=[new.verifier])
    assert report.ok, report.problems
    assert report.first == GONE


def test_anything_else_that_is_missing_is_damage(pruned: Stage) -> None:
    for path in pruned.paths():
        aside = pruned.base / "aside"
        path.rename(aside)
        report = pruned.verify()
        assert not report.ok and not report.cannot_tell, path
        aside.rename(path)
    assert pruned.verify().ok


def test_every_byte_still_counts(pruned: Stage) -> None:
    for path in pruned.paths():
        good = path.read_bytes()
        for at in {0, 9, len(good) // 2, len(good) - 1}:
            path.write_bytes(good[:at] + bytes([good[at] ^ 1]) + good[at + 1 :])
            report = pruned.verify()
            assert not report.ok and not report.cannot_tell, (path, at)
        path.write_bytes(good)


def test_nobody_lets_go_by_taking_files_away(log: Stage) -> None:
    """Neither with a file that claims it, nor with a record slipped into the tail by who has no key."""
    first = log.folder / "frames" / frames.segment_name(0)
    with log.writer() as writer:
        stranger = Signer(SIGNER.name, bytes(32))
        root = LogReader(log.folder).root(frames.SEGMENT)
        writer.append([pruning_record(stranger, Pruned(frames.SEGMENT, SIZE, root), {}, NOW)])
        writer.seal(NOW)
    first.unlink()
    assert {p.code for p in log.verify().problems} == {"FH-TLG-14"}
    for claim in (Pruned(frames.SEGMENT, SIZE), Pruned(frames.SEGMENT, SIZE - 1), Pruned(frames.SEGMENT, SIZE + 1)):
        (log.folder / "pruned").write_bytes(bytes(claim))
        report = log.verify()
        assert not report.ok and {p.code for p in report.problems} == {"FH-TLG-24"}
        with pytest.raises(LogDamaged):
            log.writer()


def test_a_file_that_claims_more_than_its_record_is_found(pruned: Stage) -> None:
    said = pointer((pruned.folder / "pruned").read_bytes())
    assert said and said.record == SIZE
    (pruned.folder / "pruned").write_bytes(bytes(Pruned(frames.SEGMENT, SIZE)))
    assert not pruned.verify().ok
    for bad in (b"", b"fanghu/pruned/v1\n0\n0\n", b"fanghu/pruned/v1\n65537\n99999\n", b"x" * 200):
        (pruned.folder / "pruned").write_bytes(bad)
        report = pruned.verify()
        assert not report.ok and not report.cannot_tell
        with pytest.raises(LogDamaged):
            pruned.writer()


def test_nothing_is_let_go_under_tiles_that_are_not_right(log: Stage) -> None:
    tile = log.folder / "tile/2/000.p/2"
    data = tile.read_bytes()
    with log.writer() as writer:
        tile.write_bytes(data[:31] + bytes([data[31] ^ 1]) + data[32:])
        with pytest.raises(LogDamaged):
            writer.prune(GONE, WHY, NOW)
    tile.write_bytes(data)
    assert log.verify().ok and LogReader(log.folder).first == 0


def prune(stage: Stage, files: Files) -> None:
    """One pruning that may not come to its end."""
    try:
        with stage.writer(files, create=False) as writer:
            writer.prune(GONE, WHY, NOW)
    except (Died, LogRefuses):
        pass


def after(stage: Stage, kept: bytes) -> None:
    """Whatever happened: verification has nothing to say, and doing it again finishes it."""
    report = stage.verify(since=kept)
    assert report.ok or report.cannot_tell, report.problems
    with stage.writer(create=False) as writer:
        assert writer.prune(GONE, WHY, NOW).first == GONE
        writer.append(entries(SIZE, SIZE + 1))
        writer.seal(NOW)
    report = stage.verify(since=kept)
    assert report.ok and report.first == GONE, report.problems
    assert not list(stage.folder.glob("frames/*0.blocks"))
    assert [e.data for _, e in LogReader(stage.folder).entries(GONE, SIZE)] == entries(GONE, SIZE)


@pytest.mark.parametrize("kind", ["killed", "power"])
def test_death_at_any_step_leaves_a_log_that_verifies(
    whole: tuple[Path, dict[int, bytes]], tmp_path: Path, kind: str
) -> None:
    dry = Stage(Path(shutil.copytree(whole[0], tmp_path / "dry")))
    counting = MortalFiles()
    prune(dry, counting)
    assert counting.steps > 12
    for last in range(1, counting.steps + 1, 1 if kind == "killed" else 2):
        stage = Stage(Path(shutil.copytree(whole[0], tmp_path / f"{last}")))
        if kind == "power":
            files = PowerCutFiles(stage.folder, last)
            prune(stage, files)
            files.cut()
        else:
            prune(stage, MortalFiles(last))
        after(stage, whole[1][SIZE])
        shutil.rmtree(stage.base)


def test_a_full_disk_at_any_write_lets_nothing_go_unrecorded(
    whole: tuple[Path, dict[int, bytes]], tmp_path: Path
) -> None:
    for last in range(1, 6):
        stage = Stage(Path(shutil.copytree(whole[0], tmp_path / f"{last}")))
        prune(stage, FullDisk(last))
        after(stage, whole[1][SIZE])


def test_two_writers_do_not_let_go_of_one_another(log: Stage) -> None:
    with log.writer() as writer:
        shutil.copy(log.folder / "checkpoint", log.base / "old")
        writer.append(entries(SIZE, SIZE + 1))
        writer.seal(NOW)
        shutil.copy(log.base / "old", log.folder / "checkpoint")
        with pytest.raises(LogRefuses):
            writer.prune(GONE, WHY, NOW)
    assert LogReader(log.folder).first == 0
    assert isinstance(writer, LogWriter)
