"""Reading and proving, also while somebody writes."""

from __future__ import annotations

import random
import threading

import pytest

from fanghu.tlog import merkle
from fanghu.tlog.damage import LogDamaged, LogMissing
from fanghu.tlog.reader import LogReader
from fanghu.tlog.tiles import Tile
from tests.tlog.stage import KEYS, NOW, Stage, entries
from tests.tlog.test_merkle import naive_path, naive_proof, naive_root


def test_proofs_from_a_folder_are_the_naive_ones(stage: Stage) -> None:
    want = entries(0, 900)
    with stage.writer() as writer:
        writer.append(want)
        writer.seal(NOW)
    reader = LogReader(stage.folder, keys=KEYS)
    chance = random.Random(3)
    sizes = [1, 2, 255, 256, 257, 511, 512, 513, 768, 899, 900, *chance.sample(range(1, 900), 10)]
    for size in sizes:
        assert reader.root(size) == naive_root(want[:size])
        for index in {0, size - 1, size // 2, chance.randrange(size)}:
            assert reader.inclusion_proof(index, size) == naive_path(index, want[:size])
        assert reader.consistency_proof(size, 900) == naive_proof(size, want)
    assert reader.root(0) == merkle.EMPTY_ROOT
    with pytest.raises(ValueError):
        reader.inclusion_proof(900)
    with pytest.raises(ValueError):
        reader.consistency_proof(5, 901)


def test_tiles_of_level_zero_are_served_though_not_stored(stage: Stage) -> None:
    with stage.writer() as writer:
        writer.append(entries(0, 300))
        writer.seal(NOW)
    reader = LogReader(stage.folder)
    assert reader.tile(Tile(0, 0)) == b"".join(merkle.leaf_hashes(entries(0, 256)))
    assert reader.tile(Tile(0, 1, 44)) == b"".join(merkle.leaf_hashes(entries(256, 300)))
    assert reader.tile(Tile(1, 0, 1)) == naive_root(entries(0, 256))


def test_only_sealed_entries_are_read_and_the_rest_is_the_tail(stage: Stage) -> None:
    with stage.writer() as writer:
        writer.append(entries(0, 300))
        writer.seal(NOW)
        writer.append(entries(300, 302))
        reader = LogReader(stage.folder)
        assert reader.size == 300
        assert [i for i, _ in reader.entries(298, 400)] == [298, 299]
        assert [(i, e.data) for i, e in reader.tail()] == [(300, entries(300, 301)[0]), (301, entries(301, 302)[0])]
        assert reader.entry(7).envelope.id == "7"
        with pytest.raises(IndexError):
            reader.entry(300)


def test_no_log_and_a_broken_one_are_told_apart(stage: Stage) -> None:
    with pytest.raises(LogMissing):
        LogReader(stage.folder).checkpoint()
    with stage.writer() as writer:
        writer.append(entries(0, 600))
        writer.seal(NOW)
    block = stage.folder / "frames" / "0000000000000000.blocks"
    data = bytearray(block.read_bytes())
    data[100] ^= 1
    block.write_bytes(data)
    with pytest.raises(LogDamaged):
        list(LogReader(stage.folder).entries())


@pytest.mark.slow
def test_readers_and_verifiers_of_a_busy_log_are_never_alarmed(stage: Stage) -> None:
    done = threading.Event()
    stage.writer().close()

    def write() -> None:
        try:
            with stage.writer() as writer:
                for count in (1, 40, 300, 7, 256, 500) * 12:
                    writer.append(entries(writer.size, writer.size + count))
                    writer.seal(NOW)
        finally:
            done.set()

    thread = threading.Thread(target=write)
    thread.start()
    looks = 0
    reader = LogReader(stage.folder, keys=KEYS)
    while not done.is_set() or looks < 3:
        report = stage.verify()
        assert report.ok or report.cannot_tell, report.problems
        size = reader.size
        assert [e.data for _, e in reader.entries(max(0, size - 600), size)] == entries(max(0, size - 600), size)
        if size > 1:
            proof = reader.inclusion_proof(size // 2, size)
            assert merkle.inclusion_holds(
                size // 2, size, merkle.leaf_hash(reader.entry(size // 2).data), proof, reader.root(size)
            )
        looks += 1
    thread.join()
    assert stage.verify().ok
