"""Files held between check and confirmation."""

import os
from datetime import timedelta

import pytest

from fanghu.faults import Fault
from fanghu.register.staging import HELD_FOR, held, release, stage, sweep


@pytest.fixture
def home(settings, tmp_path):
    settings.HOME = tmp_path
    return tmp_path / "staging"


def lost(*args):
    with pytest.raises(Fault) as caught:
        held(*args)
    return caught.value.code == "FH-REG-40"


def test_a_held_file_is_private_and_bound_to_its_account_and_purpose(home, now):
    staged = stage(b"x", "../../etc/a.csv", "systems", "alice", now)
    assert held(staged.token, "systems", "alice", now + HELD_FOR) == (staged, b"x")
    assert staged.name == "a.csv"
    assert {path.stat().st_mode & 0o777 for path in home.iterdir()} == {0o600}
    assert home.stat().st_mode & 0o777 == 0o700
    assert lost(staged.token, "systems", "bob", now)
    assert lost(staged.token, "people", "alice", now)
    assert lost(staged.token, "systems", "alice", now + HELD_FOR + timedelta(seconds=1))
    assert lost("../" + staged.token, "systems", "alice", now)


def test_an_altered_or_released_file_is_gone(home, now):
    staged = stage(b"x", "a.csv", "systems", "alice", now)
    (home / f"{staged.token}.file").write_bytes(b"y")
    assert lost(staged.token, "systems", "alice", now)
    release(staged.token)
    assert not list(home.iterdir())


def test_old_files_are_swept(home, now):
    staged = stage(b"x", "a.csv", "systems", "alice", now)
    fresh = stage(b"x", "a.csv", "systems", "alice", now)
    for path in home.glob(f"{staged.token}.*"):
        os.utime(path, (0, 0))
    for path in home.glob(f"{fresh.token}.*"):
        os.utime(path, (now.timestamp(), now.timestamp()))
    assert sweep(now) == 2
    assert held(fresh.token, "systems", "alice", now)
