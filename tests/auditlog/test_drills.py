"""The tampering drill passes on the real log and fails when verification is blind."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction

from fanghu.auditlog import drills
from fanghu.auditlog.actions import open_log, places, seal_now
from fanghu.auditlog.checkpoints import keep_checkpoint
from fanghu.auditlog.tampering import UNTOUCHED
from fanghu.events.actions import record
from fanghu.events.doer import KEEPER
from fanghu.testimony import DrillRun, Message
from fanghu.tlog.note import new_key
from fanghu.tlog.walk import Findings
from tests.auditlog.taken_in import take_in

RUN = "feedfacefeedfacefeedfacefeedface"
NOW = datetime(2026, 11, 22, 4, tzinfo=UTC)


@pytest.fixture
def run(transactional_db: None, settings: Any, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[DrillRun]:
    """A run against a log of five events, or as many as asked for; afterwards no copy may be left, and the log untouched."""
    settings.HOME = tmp_path
    open_log(NOW)
    with transaction.atomic():
        for number in range(getattr(request, "param", 5)):
            record("door.opened", by=KEEPER, now=NOW, object_=f"door:{number}")
    seal_now()
    before = {path: path.read_bytes() for path in places().folder.rglob("*") if path.is_file()}
    yield DrillRun(RUN, "4.11", drills.DRILLS[0].subject, "", lambda: NOW)
    assert list(drills.clean_up(RUN)) == []
    assert not drills.workplace(RUN).exists()
    after = {path: path.read_bytes() for path in places().folder.rglob("*") if path.is_file()}
    assert after.keys() == before.keys()


def test_it_passes_on_the_real_log(run: DrillRun) -> None:
    """An untouched copy verifies, and each alteration is found."""
    assert drills.tampering(run) == "passed"
    assert [step.seen for step in run.steps] == ["whole", *["found"] * 9]
    assert all(step.name.format(**step.params) for step in run.steps)


def test_logs_beside_ours_are_tried_too(run: DrillRun) -> None:
    at = take_in(places().home, 300)
    assert drills.tampering(run) == "passed"
    assert (run.steps[-1].seen, run.steps[-1].params) == ("found", {"log": "intake"})
    tile = next(path for path in at.folder.rglob("*") if path.parent.name == "frames")
    tile.write_bytes(tile.read_bytes()[:-9])
    assert drills.tampering(run) == "failed"
    assert "verifies" in run.steps[-1].seen


def test_with_a_checkpoint_held_elsewhere_rewriting_is_found_too(run: DrillRun) -> None:
    """What root could do, leaving a record out and signing anew, is found by the checkpoint."""
    keep_checkpoint("safe of the audit office", account=None, by=KEEPER, now=NOW)
    assert drills.tampering(run) == "passed"
    assert "signed with the real key" in run.steps[-1].name


def test_it_fails_when_the_log_itself_was_altered(run: DrillRun) -> None:
    """A bit flipped in the real log: the untouched copy no longer verifies."""
    path = next(path for path in sorted((places().folder / "frames").iterdir()) if path.stat().st_size)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    assert drills.tampering(run) == "failed"
    assert [step.seen for step in run.steps] == ["not whole"]


def test_it_fails_when_the_checkpoint_was_spoilt(run: DrillRun) -> None:
    """With nothing to go by, a copy is not whole either; that is an answer, not an interruption."""
    (places().folder / "checkpoint").write_bytes(b"nonsense")
    assert drills.tampering(run) == "failed"


def test_it_fails_when_the_pinned_key_was_replaced(run: DrillRun) -> None:
    """A verification that trusts another key than the log's own proves nothing of this log."""
    _private, other = new_key(places().public_key.read_text().split("+")[0])
    places().public_key.write_text(str(other) + "\n")
    assert drills.tampering(run) == "failed"


@pytest.mark.parametrize("run", [600], indirect=True)
@pytest.mark.parametrize(
    "part", ["FH-TLG-12", "FH-TLG-13", "FH-TLG-14", "FH-TLG-15", "FH-TLG-17", "FH-TLG-18", "FH-TLG-19", "FH-TLG-20"]
)
def test_it_fails_when_a_part_of_verification_is_blind(run: DrillRun, monkeypatch: Any, part: str) -> None:
    """Signature, foreign files, blocks, tail, tiles altered and missing, the root, the checkpoint held elsewhere."""
    keep_checkpoint("safe of the audit office", account=None, by=KEEPER, now=NOW)
    assert drills.tampering(run) == "passed"
    note = Findings.note
    monkeypatch.setattr(
        Findings, "note", lambda self, code, where: None if code == part else note(self, code, where)
    )  # fmt: skip
    assert drills.tampering(run) == "failed"


def test_it_fails_when_verification_sees_nothing(run: DrillRun) -> None:
    """A verification that finds no alteration fails the drill."""
    blind = [(UNTOUCHED, True), (Message("{file} removed", {"file": "checkpoint"}), False)]
    assert drills.tampering(run, try_=lambda *_args: blind) == "failed"


def test_it_fails_when_verification_always_cries(run: DrillRun) -> None:
    """An alarm that rings on an untouched copy proves nothing."""
    crying = [(UNTOUCHED, False), (Message("{file} removed", {"file": "checkpoint"}), True)]
    assert drills.tampering(run, try_=lambda *_args: crying) == "failed"
