"""``fanghu log rotate-key``: the server goes on under the new key, and every holder of the old one can follow."""

from __future__ import annotations

import json
import shutil

import pytest

import fanghu.cli.__main__ as command
from fanghu.auditlog import vault
from fanghu.auditlog.actions import deliver, places
from fanghu.auditlog.checkpoints import keep_checkpoint, present_checkpoint
from fanghu.auditlog.reading import events, state
from fanghu.auditlog.verification import verify
from fanghu.events.doer import KEEPER
from fanghu.faults import Fault
from fanghu.keys import log_keys
from fanghu.keys.locations import LogPlaces
from fanghu.keys.log_rotation import rotate
from fanghu.tlog.checkpoint import Checkpoint
from fanghu.tlog.damage import LogBusy
from tests.auditlog.conftest import NOW
from tests.tlog.test_holding import WITNESS, cosigned


@pytest.fixture
def fanghu(own_log, monkeypatch, tmp_path, capsys):
    """``fanghu("log", "key")`` returns exit code and standard output."""
    monkeypatch.setenv("FANGHU_HOME", str(tmp_path))
    monkeypatch.setattr(command, "GROUPS", ("log",))

    def run(*words) -> tuple[int, str]:
        try:
            code = command.main([str(word) for word in words])
        except SystemExit as end:
            code = end.code
        out = capsys.readouterr()
        return code, out.out + out.err

    return run


def test_the_key_changes_and_the_deed_is_recorded(fanghu, tmp_path):
    kept = keep_checkpoint("a safe", account=None, by=KEEPER, now=NOW)
    deliver(NOW)
    old = shutil.copy(places().public_key, tmp_path / "auditors-old.pub")
    code, out = fanghu("log", "rotate-key")
    assert code == 0 and str(log_keys.pinned(places().public_key)) in out and "log-key.rotations" in out
    assert [(e.object, e.detail["finished"]) for _, e in events("log.key_rotated")] == [("log:fanghu", False)]
    assert state().pending == 0, "what came after was delivered under the new key"
    assert verify(by=KEEPER, now=NOW).ok, "against a checkpoint that the old key signed"
    assert present_checkpoint(kept.checkpoint.encode(), by=KEEPER, now=NOW) == (True, kept.size)
    assert fanghu("log", "verify", places().folder)[0] == 0
    assert fanghu("log", "verify", places().folder, "--key", old)[0] == 1
    shutil.copy(places().public_key.with_suffix(".rotations"), old.with_suffix(".rotations"))
    assert fanghu("log", "verify", places().folder, "--key", old)[0] == 0


def test_there_must_be_such_a_log_and_nobody_writing(fanghu, tmp_path):
    code, out = fanghu("log", "rotate-key", "--log", "nowhere")
    assert code != 0 and "FH-LOG-53" in out
    with vault.opened(places()), pytest.raises(LogBusy):
        rotate(places(), NOW)


def test_who_read_the_key_before_it_changed_tries_again(own_log, monkeypatch):
    """Between a look at the key and the lock a whole rotation fits: that is no damage."""
    real = log_keys.make

    def slow(at):
        signer = real(at)
        if not at.public_key.with_suffix(".rotations").exists():
            rotate(at, NOW)
        return signer

    monkeypatch.setattr(log_keys, "make", slow)
    with vault.opened(places(), wait=1, pause=lambda _seconds: None) as opened:
        assert opened.size


def test_verify_asks_a_witness_file(fanghu, tmp_path):
    deliver(NOW)
    shutil.copytree(places().folder, tmp_path / "older")
    keep_checkpoint("a safe", account=None, by=KEEPER, now=NOW)
    deliver(NOW)
    file = tmp_path / "witness.txt"
    with vault.opened(places()) as opened:
        file.write_bytes(cosigned(opened.checkpoint, WITNESS))
    assert fanghu("log", "verify", places().folder, "--witness", file)[0] == 0
    code, out = fanghu("log", "verify", tmp_path / "older", "--witness", file)
    assert code == 1 and "FH-TLG-26" in out
    assert fanghu("log", "verify", tmp_path / "older")[0] == 0
    code, out = fanghu("log", "verify", places().folder, "--witness", tmp_path / "gone")
    assert code != 0 and "FH-LOG-51" in out


def test_a_change_cut_short_keeps_everybody_waiting_until_it_is_finished(fanghu):
    deliver(NOW)
    at = places()
    shutil.copy(at.private_key, at.next_key)
    with pytest.raises(Fault, match="FH-KEY-14"), vault.opened(at):
        pass


def test_the_key_is_lost_and_the_server_goes_on_with_a_new_log(fanghu):
    keep_checkpoint("a safe", account=None, by=KEEPER, now=NOW)
    deliver(NOW)
    before = state().size
    assert fanghu("log", "new-origin")[0] != 0, "not while the key is there"
    places().private_key.unlink()
    code, out = fanghu("log", "new-origin")
    assert code == 0 and f"{before} entries" in out
    (closed,) = [log for log in LogPlaces.all(places().home) if log.name]
    assert fanghu("log", "verify", closed.folder)[0] == 0 and fanghu("log", "verify", places().folder)[0] == 0
    assert state().finding == "" and state().pending == 0 and state().size == 2
    assert verify(by=KEEPER, now=NOW).ok, "what was kept of the closed log is not held against the new one"
    told = [event for _, event in events("log.begun_anew")]
    assert [(e.detail["closed"], e.detail["size"]) for e in told] == [(closed.name, before)]
    with vault.opened(places()) as opened:
        assert opened.reader.entry(0).raw == (closed.folder / "checkpoint").read_bytes()


def test_an_export_from_before_stays_proved_and_the_old_key_alone_proves_nothing(fanghu, tmp_path, deed):
    """Whoever stole the old key may sign any tree with it; the log here does not extend that one."""
    for _ in range(3):
        deed()
    deliver(NOW)
    thief = log_keys.signing(places())
    genuine, forged = tmp_path / "genuine", tmp_path / "forged"
    assert fanghu("log", "export", "--output", genuine)[0] == 0
    record = json.loads(genuine.read_bytes().splitlines()[0]) | {"index": 0, "proof": []}
    tree = Checkpoint(thief.name, 1, bytes.fromhex(record["leaf_hash"])).signed(thief, NOW)
    forged.write_text(f"{json.dumps(record)}\n{json.dumps({'checkpoints': {'own': tree.note.decode()}})}\n")
    assert fanghu("log", "verify-export", forged)[0] == 0, "while its key stands"
    assert fanghu("log", "rotate-key")[0] == 0
    assert fanghu("log", "verify-export", genuine)[0] == 0
    assert fanghu("log", "verify-export", forged)[0] == 1
