"""The keeper packs full segments of every log anew, and nobody notices but the disk."""

from __future__ import annotations

from fanghu.auditlog.actions import deliver, places
from fanghu.auditlog.jobs import JOBS
from fanghu.auditlog.packing import pack_some
from fanghu.keys import log_keys
from fanghu.keys.locations import LogPlaces
from fanghu.tlog.reader import LogReader
from fanghu.tlog.verify import verify_folder
from fanghu.tlog.writer import LogWriter
from tests.auditlog.conftest import NOW
from tests.tlog.stage import entries


def test_every_log_is_packed_once(own_log):
    deliver(NOW)
    intake = LogPlaces(places().home, "intake")
    intake.folder.parent.mkdir()
    signer = log_keys.make(intake)
    with LogWriter.open(intake.folder, origin=signer.name, signer=signer, lock_path=intake.lock, create=True) as writer:
        writer.append(entries(0, 65_800))
        writer.seal(NOW)
        stored = sum(path.stat().st_size for path in intake.folder.rglob("*.blocks"))
        assert pack_some(NOW) == 1, "while somebody writes"
    assert pack_some(NOW) == 0
    assert sum(path.stat().st_size for path in intake.folder.rglob("*.blocks")) < stored
    assert verify_folder(intake.folder, keys=[signer.verifier]).ok
    assert LogReader(intake.folder).entry(65_535).data == entries(65_535, 65_536)[0]
    assert verify_folder(places().folder, keys=[log_keys.pinned(places().public_key)]).ok


def test_the_keeper_does_it():
    assert [job.name for job in JOBS if job.run is pack_some] == ["auditlog.pack"]
