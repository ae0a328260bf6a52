"""The signing key is lost: the old log stays verifiable, a new one commits to it, and nothing durable is lost."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime

import pytest

from fanghu.faults import Fault
from fanghu.keys import log_keys
from fanghu.keys.locations import LogPlaces
from fanghu.keys.log_renewal import KIND, begin_anew
from fanghu.tlog.checkpoint import Checkpoint
from fanghu.tlog.damage import BadNote, LogBusy, LogMissing
from fanghu.tlog.reader import LogReader
from fanghu.tlog.verify import verify_folder
from tests.keys.test_log_rotation import write, writer
from tests.tlog.stage import Died, MortalFiles, entries

NOW = datetime(2026, 11, 22, 8, 0, 5, tzinfo=UTC)


def orphaned(home, name="") -> LogPlaces:
    """A log with 301 sealed entries and 3 that are not; then its key is lost."""
    places = LogPlaces(home, name)
    write(places, "first")
    with writer(places) as opened:
        opened.append(entries(0, 300))
        opened.seal(NOW)
        opened.append(entries(300, 303))
    places.private_key.unlink()
    return places


def held(places: LogPlaces, old: bytes, name: str) -> None:
    """What must hold afterwards."""
    logs = {log.name: log for log in LogPlaces.all(places.home)}
    closed = next(log for log in logs.values() if log.name.startswith("closed-before-"))
    assert set(logs) == {"", name, closed.name}
    assert (closed.folder / "checkpoint").read_bytes() == old
    before = verify_folder(closed.folder, keys=[log_keys.trusted(closed.public_key, log=closed.folder).current])
    assert before.ok and before.size == 301
    write(places, "after")
    now = verify_folder(places.folder, keys=[log_keys.trusted(places.public_key, log=places.folder).current])
    assert now.ok and (now.size, now.unsealed) == (5, 0)
    first, *rest = [entry for _, entry in LogReader(places.folder).entries()]
    assert (first.envelope.type, first.raw) == (KIND, old)
    assert [entry.data for entry in rest[:3]] == entries(300, 303)
    assert Checkpoint.parse(first.raw).origin != LogReader(places.folder).checkpoint().origin


@pytest.mark.parametrize("name", ["", "intake"])
def test_a_new_log_commits_to_the_old_one(tmp_path, name):
    places = orphaned(tmp_path / "home", name)
    old = (places.folder / "checkpoint").read_bytes()
    with pytest.raises(Fault, match="FH-KEY-10"):
        log_keys.make(places)
    done = begin_anew(places, NOW)
    assert (done.old.note, done.old.size, done.new.size) == (old, 301, 4)
    held(places, old, name)
    with pytest.raises(Fault, match="FH-KEY-17"):
        begin_anew(places, NOW)


def test_only_for_a_log_of_the_pinned_key_that_nobody_writes(tmp_path):
    with pytest.raises(LogMissing):
        bare = LogPlaces(tmp_path / "bare")
        bare.lock.parent.mkdir(parents=True)
        begin_anew(bare, NOW)
    assert not bare.next_key.exists()
    places = orphaned(tmp_path / "home")
    other = orphaned(tmp_path / "other")
    shutil.copy(other.folder / "checkpoint", places.folder / "checkpoint")
    with pytest.raises(BadNote):
        begin_anew(places, NOW)
    lost = LogPlaces(tmp_path / "third")
    write(lost, "x")
    with writer(lost), pytest.raises(LogBusy):
        lost.private_key.unlink()
        begin_anew(lost, NOW)


def test_death_at_any_step_is_finished_by_doing_it_again(tmp_path):
    base = orphaned(tmp_path / "base")
    old = (base.folder / "checkpoint").read_bytes()
    last, done = 0, False
    while not done:
        last += 1
        places = LogPlaces(shutil.copytree(base.home, tmp_path / str(last)))
        try:
            begin_anew(places, NOW, files=MortalFiles(last))
            done = True
        except Died:
            pass
        if not places.private_key.exists():
            begin_anew(places, NOW)
        held(places, old, "")
    assert last > 25
