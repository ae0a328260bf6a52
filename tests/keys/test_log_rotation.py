"""A log's key is changed on the machine: whoever pinned any key of it can follow, and no death leaves it in between."""

from __future__ import annotations

import shutil
import stat
from datetime import UTC, datetime

import pytest

from fanghu.faults import Fault
from fanghu.keys import log_keys
from fanghu.keys.locations import LogPlaces
from fanghu.keys.log_rotation import rotate
from fanghu.tlog.damage import LogBusy, LogDamaged, LogMissing
from fanghu.tlog.entry import Envelope, encode
from fanghu.tlog.note import Verifier
from fanghu.tlog.reader import LogReader
from fanghu.tlog.verify import verify_folder
from fanghu.tlog.writer import LogWriter
from tests.tlog.stage import Died, MortalFiles

NOW = datetime(2026, 11, 22, 8, 0, 5, tzinfo=UTC)


def writer(places: LogPlaces) -> LogWriter:
    """The log opened by whatever key stands."""
    places.lock.parent.mkdir(exist_ok=True, parents=True)
    places.folder.parent.mkdir(exist_ok=True, parents=True)
    signer = log_keys.make(places)
    return LogWriter.open(places.folder, origin=signer.name, signer=signer, lock_path=places.lock, create=True)


def write(places: LogPlaces, word: str) -> bytes:
    """One more entry, sealed; the checkpoint."""
    with writer(places) as opened:
        opened.append([encode(Envelope(word, "event", "s", "2026-11-22T08:00:00Z"), word.encode())])
        return opened.seal(NOW).note


@pytest.fixture(params=["", "intake"])
def places(request, tmp_path):
    found = LogPlaces(tmp_path / "home", request.param)
    write(found, "first")
    return found


def whole(places: LogPlaces, key, since: bytes | None = None) -> bool:
    """Whether the log verifies for whoever holds the key file ``key``."""
    trusted = log_keys.trusted(key, log=places.folder)
    return verify_folder(places.folder, keys=[trusted.current], retired=trusted.retired, since=since).ok


def test_the_log_goes_on_and_old_and_new_key_holders_follow(places, tmp_path):
    kept = write(places, "kept")
    old = shutil.copy(places.public_key, tmp_path / "old.pub")
    first = rotate(places, NOW)
    assert Verifier.parse(old.read_text()) == first.old and log_keys.signing(places).verifier == first.new
    between = write(places, "between")
    middle = shutil.copy(places.public_key, tmp_path / "middle.pub")
    second = rotate(places, NOW)
    write(places, "after")
    assert second.old == first.new and not first.finished and not second.finished
    assert log_keys.make(places).verifier == second.new == log_keys.pinned(places.public_key)
    assert whole(places, places.public_key, kept) and whole(places, places.public_key, between)
    assert not whole(places, old), "the old key alone vouches for nothing any more"
    for key in (old, middle):
        shutil.copy(places.public_key.with_suffix(".rotations"), key.with_suffix(".rotations"))
        assert whole(places, key, kept), key
    assert stat.S_IMODE(places.private_key.stat().st_mode) == 0o600
    assert stat.S_IMODE(places.public_key.stat().st_mode) == 0o644
    assert sorted(p.name for p in places.home.iterdir() if p.is_file()) == sorted(
        p.name for p in (places.public_key, places.public_key.with_suffix(".rotations"))
    )
    assert [p.name for p in places.private_key.parent.iterdir()] == [places.private_key.name]


def test_the_log_itself_tells_of_it(places):
    done = rotate(places, NOW)
    entry = LogReader(places.folder).entry(1)
    assert (entry.envelope.type, entry.raw) == ("log.key-rotated", done.statement)


def test_rotations_of_another_log_are_not_followed(places, tmp_path):
    other = LogPlaces(tmp_path / "other")
    write(other, "x")
    rotate(other, NOW)
    rotate(places, NOW)
    shutil.copy(other.public_key.with_suffix(".rotations"), places.public_key.with_suffix(".rotations"))
    with pytest.raises(Fault, match="FH-KEY-15"):
        log_keys.trusted(places.public_key)
    for spoilt in (b"nonsense\n\nmore\n", b"\xff\n\n\xff\n"):
        places.public_key.with_suffix(".rotations").write_bytes(spoilt)
        with pytest.raises(Fault, match="FH-KEY-15"):
            log_keys.trusted(places.public_key)


def test_not_while_somebody_writes_nor_without_a_log(places, tmp_path):
    with writer(places), pytest.raises(LogBusy):
        rotate(places, NOW)
    assert not places.next_key.exists()
    assert log_keys.make(places) == log_keys.signing(places)
    bare = LogPlaces(tmp_path / "bare")
    log_keys.make(bare)
    bare.lock.parent.mkdir()
    with pytest.raises(LogMissing):
        rotate(bare, NOW)


def test_a_damaged_log_keeps_its_key(places):
    (places.folder / "checkpoint").write_bytes(b"?")
    before = log_keys.signing(places)
    with pytest.raises(LogDamaged):
        rotate(places, NOW)
    assert log_keys.make(places) == before


def test_death_at_any_step_is_finished_by_doing_it_again(tmp_path):
    last, done = 0, False
    while not done:
        last += 1
        places = LogPlaces(tmp_path / str(last))
        write(places, "first")
        kept = write(places, "second")
        old = shutil.copy(places.public_key, tmp_path / f"{last}.pub")
        try:
            rotate(places, NOW, files=MortalFiles(last))
            done = True
        except Died:
            pass
        if places.next_key.exists():
            with pytest.raises(LogBusy, match="FH-KEY-14"):
                log_keys.make(places)
            try:
                assert rotate(places, NOW).finished
            except Fault as why:
                pytest.fail(f"step {last}: {why}")
        write(places, "third")
        assert whole(places, places.public_key, kept), last
        if log_keys.pinned(places.public_key) != Verifier.parse(old.read_text()):
            shutil.copy(places.public_key.with_suffix(".rotations"), old.with_suffix(".rotations"))
        assert whole(places, old, kept), last
        assert log_keys.make(places).verifier == log_keys.pinned(places.public_key)
    assert last > 30
