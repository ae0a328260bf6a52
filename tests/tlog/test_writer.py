"""Appending and sealing: what is promised, and what happens when the disk does not play along."""

from __future__ import annotations

import pytest

from fanghu.tlog import frames
from fanghu.tlog.bundle import Bundle
from fanghu.tlog.damage import BadEntry, LogBusy, LogDamaged, LogMissing, LogRefuses
from fanghu.tlog.merkle import EMPTY_ROOT
from fanghu.tlog.note import Signer, new_key
from fanghu.tlog.reader import LogReader
from fanghu.tlog.writer import LogWriter
from tests.tlog.stage import KEYS, NOW, SIGNER, FullDisk, SickDisk, Stage, entries


def test_a_new_log_is_empty_signed_and_verifies(stage: Stage) -> None:
    with stage.writer() as writer:
        assert writer.size == 0
    report = stage.verify()
    assert report.ok and report.size == 0 and report.root == EMPTY_ROOT


def test_entries_come_back_in_order_after_many_batches_and_seals(stage: Stage) -> None:
    want = entries(0, 1500)
    with stage.writer() as writer:
        at = 0
        for count in (1, 255, 1, 254, 1, 300, 5, 500, 183):
            assert writer.append(want[at : at + count]) == range(at, at + count)
            at += count
            assert writer.seal(NOW).size == at
            assert stage.verify().ok
    reader = LogReader(stage.folder, keys=KEYS)
    assert [e.data for _, e in reader.entries()] == want
    assert [i for i, _ in reader.entries(250, 600)] == list(range(250, 600))


def test_the_folder_holds_nothing_but_what_the_format_names(stage: Stage) -> None:
    with stage.writer() as writer:
        writer.append(entries(0, 600))
        writer.seal(NOW)
    names = [str(p.relative_to(stage.folder)) for p in stage.paths()]
    assert names == ["checkpoint", "frames/0000000000000000.blocks", "frames/tail", "tile/1/000.p/2"]


def test_a_whole_tile_replaces_its_partial_ones(stage: Stage) -> None:
    with stage.writer() as writer:
        for start, stop in ((0, 65_000), (65_000, 65_600)):
            writer.append(entries(start, stop))
            writer.seal(NOW)
    names = [str(p.relative_to(stage.folder / "tile")) for p in stage.paths() if "tile" in p.parts]
    assert names == ["1/000", "2/000.p/1"]
    assert not (stage.folder / "tile/1/000.p").exists()
    assert stage.verify().ok


def test_sealing_nothing_new_signs_nothing_new(stage: Stage) -> None:
    with stage.writer() as writer:
        writer.append(entries(0, 3))
        first = writer.seal(NOW)
        assert writer.seal(NOW.replace(year=2027)) is first
        assert writer.append([]) == range(3, 3)


def test_two_writers_never_share_a_log(stage: Stage) -> None:
    with stage.writer():
        with pytest.raises(LogBusy) as caught:
            stage.writer()
        assert caught.value.exit_code == 75
    stage.writer().close()


def test_the_lock_cannot_lie_in_the_folder_nor_the_key_have_another_name(stage: Stage) -> None:
    with pytest.raises(ValueError):
        LogWriter.open(stage.folder, origin=SIGNER.name, signer=SIGNER, lock_path=stage.folder / "lock", create=True)
    with pytest.raises(ValueError):
        LogWriter.open(stage.folder, origin="other", signer=SIGNER, lock_path=stage.base / "lock", create=True)


def test_a_missing_log_is_not_made_unless_asked(stage: Stage) -> None:
    with pytest.raises(LogMissing):
        stage.writer(create=False)
    assert not stage.folder.exists()


def test_a_bad_entry_is_refused_before_anything_is_written(stage: Stage) -> None:
    with stage.writer() as writer:
        for bad in (b"", b"\x03\x00\x00{}", b"\x02\x00\x09{}", b"\x01\xff\xff{}", b"\x01\x00\x02{}" + bytes(65_535)):
            with pytest.raises(BadEntry):
                writer.append([*entries(0, 1), bad])
        assert writer.size == 0
        assert writer.append(entries(0, 1)) == range(1)


def test_a_full_disk_refuses_cleanly_and_nothing_acknowledged_is_lost(stage: Stage) -> None:
    disk = FullDisk()
    with stage.writer(disk) as writer:
        writer.append(entries(0, 10))
        writer.seal(NOW)
        writer.append(entries(10, 12))
        disk.last = disk.steps + 1
        with pytest.raises(LogRefuses, match="No space left"):
            writer.append(entries(12, 300))
        disk.freed = True
        with pytest.raises(LogRefuses):
            writer.append(entries(12, 13))
        with pytest.raises(LogRefuses):
            writer.seal(NOW)
        assert stage.verify().ok
    with stage.writer() as writer:
        assert writer.size == 12
        assert writer.recovered == 0
        writer.append(entries(12, 300))
        writer.seal(NOW)
    assert [e.data for _, e in LogReader(stage.folder).entries()] == entries(0, 300)


@pytest.mark.parametrize("step", range(1, 6))
def test_a_disk_that_fills_during_a_seal_loses_nothing(stage: Stage, step: int) -> None:
    disk = FullDisk()
    with stage.writer(disk) as writer:
        writer.append(entries(0, 600))
        disk.last = disk.steps + step
        if step < 5:
            with pytest.raises(LogRefuses):
                writer.seal(NOW)
        else:
            writer.seal(NOW)
    with stage.writer(create=False) as writer:
        assert writer.size == 600
        writer.seal(NOW)
    assert stage.verify().ok


def test_a_failed_fdatasync_is_never_retried(stage: Stage) -> None:
    disk = SickDisk()
    with stage.writer(disk) as writer:
        writer.append(entries(0, 5))
        disk.sick = True
        with pytest.raises(LogRefuses):
            writer.append(entries(5, 6))
        disk.sick = False
        with pytest.raises(LogRefuses):
            writer.append(entries(5, 6))
    with stage.writer() as writer:
        assert writer.size == 5


def test_a_torn_tail_is_cut_at_each_byte_and_the_rest_kept(stage: Stage) -> None:
    with stage.writer() as writer:
        writer.append(entries(0, 3))
        writer.seal(NOW)
        writer.append(entries(3, 5))
    tail = stage.folder / "frames" / "tail"
    kept = tail.read_bytes()
    with stage.writer() as writer:
        pass
    parsed = frames.parse_tail(tail.read_bytes())
    assert parsed is not None
    whole = tail.read_bytes()
    batch = b"".join(frames.pack_batch(5, [Bundle.of(entries(5, 8))], parsed.salt))
    for cut in range(1, len(batch)):
        tail.write_bytes(whole + batch[:cut])
        report = stage.verify()
        assert not report.ok and report.cannot_tell
        assert [i for i, _ in LogReader(stage.folder).tail()] == [3, 4]
        with stage.writer(create=False) as writer:
            assert (writer.size, writer.recovered) == (5, cut)
        assert stage.verify().ok
        # back to the tail with the salt the batch was made for
        tail.write_bytes(whole)
    assert len(kept) > 0


def test_damage_in_the_sealed_part_of_the_tail_is_refused_and_nothing_changed(stage: Stage) -> None:
    with stage.writer() as writer:
        writer.append(entries(0, 3))
        writer.seal(NOW)
    tail = stage.folder / "frames" / "tail"
    whole = tail.read_bytes()
    for at in range(len(whole)):
        bad = bytearray(whole)
        bad[at] ^= 0x10
        tail.write_bytes(bad)
        with pytest.raises(LogDamaged):
            stage.writer()
        assert tail.read_bytes() == bad
    for cut in range(len(whole)):
        tail.write_bytes(whole[:cut])
        with pytest.raises(LogDamaged):
            stage.writer()


def test_damage_before_a_later_append_is_refused_not_cut(stage: Stage) -> None:
    """The first of two unsealed batches was acknowledged: it is not a torn tail."""
    with stage.writer() as writer:
        writer.append(entries(0, 3))
        before = (stage.folder / "frames" / "tail").stat().st_size
        writer.append(entries(3, 5))
    tail = stage.folder / "frames" / "tail"
    bad = bytearray(tail.read_bytes())
    bad[before - 10] ^= 1
    tail.write_bytes(bad)
    with pytest.raises(LogDamaged):
        stage.writer()


def test_a_batch_planted_inside_an_entry_does_not_pass_for_a_later_append(stage: Stage) -> None:
    """Whoever writes log lines cannot know the tail's salt."""
    planted = b"\x01\x00\x02{}" + b"".join(frames.pack_batch(9, [Bundle.of(entries(0, 1))], b"guessed!"))
    with stage.writer() as writer:
        writer.append(entries(0, 3))
        writer.append([planted])
    tail = stage.folder / "frames" / "tail"
    tail.write_bytes(tail.read_bytes()[:-1])
    with stage.writer() as writer:
        assert writer.size == 3


def test_a_lost_or_foreign_checkpoint_is_damage_never_a_new_log(stage: Stage) -> None:
    with stage.writer() as writer:
        writer.append(entries(0, 3))
        writer.seal(NOW)
    checkpoint = stage.folder / "checkpoint"
    kept = checkpoint.read_bytes()
    checkpoint.unlink()
    with pytest.raises(LogDamaged):
        stage.writer(create=True)
    checkpoint.write_bytes(kept)
    other = Signer(SIGNER.name, new_key(SIGNER.name)[0])
    with pytest.raises(LogDamaged):
        LogWriter.open(stage.folder, origin=SIGNER.name, signer=other, lock_path=stage.base / "lock", create=False)
    stage.writer().close()


def test_changed_tiles_are_found_when_the_log_is_opened(stage: Stage) -> None:
    with stage.writer() as writer:
        writer.append(entries(0, 600))
        writer.seal(NOW)
    tile = stage.folder / "tile/1/000.p/2"
    data = bytearray(tile.read_bytes())
    data[40] ^= 4
    tile.write_bytes(data)
    with pytest.raises(LogDamaged):
        stage.writer()
