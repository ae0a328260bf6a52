"""Entries hashed and compressed while more is appended: the same log, and nothing of what the disk refused."""

from __future__ import annotations

import pytest

from fanghu.tlog.ahead import Ahead, Hashes
from fanghu.tlog.bundle import Bundle, Held
from fanghu.tlog.damage import LogRefuses
from fanghu.tlog.merkle import fold, leaf_hashes
from fanghu.tlog.reader import LogReader
from tests.tlog.stage import KEYS, NOW, FullDisk, SickDisk, Stage, entries

MANY = entries(0, 9_000)


def test_large_and_small_appends_make_one_log(stage: Stage) -> None:
    with stage.writer() as writer:
        at = 0
        for count in (2_500, 3, 2_047, 250, 2_100, 2_100):
            writer.append(MANY[at : at + count])
            at += count
            if count != 2_047:
                assert writer.seal(NOW).size == at
    assert stage.verify().ok
    assert [entry.data for _, entry in LogReader(stage.folder, keys=KEYS).entries()] == MANY


def test_what_the_disk_refused_is_in_no_later_checkpoint(stage: Stage) -> None:
    disk = SickDisk()
    with stage.writer(disk) as writer:
        writer.append(MANY[:3_000])
        disk.sick = True
        with pytest.raises(LogRefuses):
            writer.append(MANY[3_000:6_000])
        assert writer.size == 3_000
        with pytest.raises(LogRefuses):
            writer.seal(NOW)
    with stage.writer() as writer:
        assert writer.size == 3_000
        writer.append(MANY[6_000:])
        writer.seal(NOW)
    report = stage.verify()
    assert report.ok and report.size == 6_000
    assert [e.data for _, e in LogReader(stage.folder, keys=KEYS).entries()] == MANY[:3_000] + MANY[6_000:]


def test_a_disk_full_in_the_midst_of_large_appends(stage: Stage) -> None:
    with stage.writer():
        pass
    for last in range(1, 8):
        with stage.writer(FullDisk(last)) as writer:
            before = writer.size
            try:
                writer.append(MANY[before : before + 2_500])
                writer.seal(NOW)
            except LogRefuses:
                pass
        with stage.writer() as writer:
            assert writer.size in (before, min(before + 2_500, len(MANY)))
            writer.seal(NOW)
        assert stage.verify().ok
    assert [entry.data for _, entry in LogReader(stage.folder, keys=KEYS).entries()] == MANY[: writer.size]


def test_both_ways_say_the_same_and_each_thing_once() -> None:
    held, quick, slow = Held(), Ahead(0, b""), Ahead(0, b"")
    for start, stop in ((0, 2_100), (2_100, 2_101), (2_101, 5_000)):
        held.add([Bundle.of(MANY[start:stop])])
        quick.go_on(0, held)
    blocks, hashes = quick.done(0, held)
    assert (blocks, hashes) == slow.done(0, held)
    leaves = leaf_hashes(MANY[:5_000])
    assert hashes.nodes == [fold(leaves[at : at + 256]) for at in range(0, 4_864, 256)]
    assert hashes.rest == b"".join(leaves[4_864:])
    assert len(blocks) == 19
    assert quick.done(0, held) == ([], Hashes([], hashes.rest))
    held.add([Bundle.of(MANY[5_000:5_200])])
    [block], more = quick.done(0, held)
    assert block == slow.done(0, held)[0][0]
    assert more == Hashes([fold(leaf_hashes(MANY[4_864:5_120]))], b"".join(leaf_hashes(MANY[5_120:5_200])))


def test_it_goes_on_from_leaves_that_are_known() -> None:
    held, known = Held(), b"".join(leaf_hashes(MANY[:300]))
    held.add([Bundle.of(MANY[:300])])
    ahead = Ahead(0, known)
    held.add([Bundle.of(MANY[300:600])])
    blocks, hashes = ahead.done(0, held)
    assert len(blocks) == 2
    assert hashes.nodes[1] == fold(leaf_hashes(MANY[256:512]))


def test_a_failure_aside_reaches_whoever_seals() -> None:
    whole = Bundle.of(MANY[:3_000])
    held, ahead = Held(), Ahead(0, b"")
    held.add([Bundle(whole.data[:-1], whole.ends)])
    ahead.go_on(0, held)
    with pytest.raises(ValueError, match="do not end where"):
        ahead.done(0, held)
    ahead.close()
