"""Somebody with the database file edits what verdicts rest on: `history verify` names each row."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from fanghu.accounts.models import Account
from fanghu.approvals import actions as approvals
from fanghu.approvals.models import Approval
from fanghu.assurance import attesting
from fanghu.assurance.actions import queue_drill
from fanghu.assurance.documents import keep
from fanghu.assurance.drilling import run_waiting
from fanghu.assurance.history import edited_since
from fanghu.assurance.jobs import JOBS
from fanghu.assurance.models import Attestation, DrillRecord, JudgingRun
from fanghu.cli.__main__ import main
from fanghu.events.doer import KEEPER
from fanghu.faults import Exit
from tests.assurance.conftest import OFFICE, doer
from tests.cast import ROLES, add_account, sit_down


@pytest.fixture
def lived(transactional_db: None, systems: None, mechanism: Any, settings: Any, tmp_path: Path) -> Any:
    """A judged house with a drill that ran, an approved document and one that was withdrawn, all in the log."""
    settings.HOME = tmp_path
    cast = {name: add_account(name, role, factor=False) for name, role in ROLES.items()}
    now = timezone.now()
    from tests.assurance.mechanism import drills as course

    course.COURSE.append("failed")
    queue_drill("locks", by=KEEPER, now=now)
    run_waiting(timezone.now)
    today = timezone.localdate(now)
    for duty in ("7.13", "7.15"):
        asked = attesting.attest(
            duty, [OFFICE], "Shown.", keep(f"{duty}.pdf", [duty.encode()]), today, today + timedelta(days=30),
            by=doer(cast["erin"]), now=now,
        )  # fmt: skip
        approvals.decide(asked.pk, True, "", by=doer(cast["bob"]), now=now)
    attesting.withdraw(str(Attestation.objects.get(duty="7.15").pk), "wrong file", by=doer(cast["erin"]), now=now)
    assert main(["assess", "--format", "json"]) == Exit.YES
    assert main(["history", "settle", "made by the test, not by deeds"]) == Exit.YES
    return cast


def slip_in() -> None:
    now = timezone.now()
    Attestation.objects.create(
        duty="7.12", subject="system:office", statement="x", document_name="x", document_hash="0" * 64,
        effective_from=date(2026, 1, 1), effective_until=date(2026, 12, 1), state="standing", made_at=now,
    )  # fmt: skip


def edit_with_its_approval() -> None:
    row = Attestation.objects.get(duty="7.13")
    approval = Approval.objects.get(pk=row.approval_id)
    approval.payload["until"] = "2030-01-01"
    approval.content_hash = attesting.hash_of(approval.payload)
    approval.save()
    Attestation.objects.filter(pk=row.pk).update(effective_until=date(2030, 1, 1))


EDITS: dict[str, tuple[Callable[[], object], str]] = {
    "a failed drill made to pass": (lambda: DrillRecord.objects.update(result="passed"), "Drill locks"),
    "a failed drill deleted": (lambda: DrillRecord.objects.all().delete(), "drill:locks"),
    "a failed drill put further back": (
        lambda: DrillRecord.objects.update(finished_at=datetime(2026, 1, 1, tzinfo=UTC)), "Drill locks"
    ),
    "a step of a drill made good": (lambda: DrillRecord.objects.update(steps=[]), "steps were edited"),
    "a drill that never was": (
        lambda: DrillRecord.objects.create(
            id="invented", name="locks", duty="6.5", subject="system:fanghu", state="finished", result="passed",
            asked_at=timezone.now(), finished_at=timezone.now(),
        ), "invented"
    ),
    "an expiry moved": (lambda: Attestation.objects.update(effective_until=date(2030, 1, 1)), "edited after"),
    "an expiry moved with its approval": (edit_with_its_approval, "no approval of what it says"),
    "a document nobody approved": (slip_in, "7.12 system:office"),
    "a withdrawn document raised": (
        lambda: Attestation.objects.filter(duty="7.15").update(state="standing", ended_at=None), "was ended"
    ),
    "an approved document deleted": (lambda: Attestation.objects.filter(duty="7.13").delete(), "rows are missing"),
}  # fmt: skip


@pytest.mark.usefixtures("lived")
@pytest.mark.parametrize("edit", EDITS)
def test_what_was_edited_is_named(edit: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["history", "verify"]) == Exit.YES, capsys.readouterr().out
    change, named = EDITS[edit]
    change()
    capsys.readouterr()
    assert main(["history", "verify", "--format", "json"]) == Exit.NO
    assert named in capsys.readouterr().out


@pytest.mark.usefixtures("lived")
def test_a_deleted_pass_is_named_and_no_pass_at_all_cannot_be_told(capsys: pytest.CaptureFixture[str]) -> None:
    from fanghu.assurance.models import VerdictInterval

    VerdictInterval.objects.all().delete()
    JudgingRun.objects.all().delete()
    assert main(["history", "verify"]) == Exit.NO
    capsys.readouterr()


def test_the_daily_verification_tells_the_board_what_was_edited(lived: Any) -> None:
    verify = next(job for job in JOBS if job.name == "assurance.verify_history")
    verify.run(timezone.now())
    assert edited_since() is None
    Account.objects.filter(login_id="bob").update(kind="admin")
    verify.run(timezone.now())
    found = edited_since()
    assert found is not None
    assert found[1] == 1
    bob = Account.objects.get(login_id="bob")
    page = sit_down(lived["carol"]).get("/").content.decode()
    assert f"account accounts.account:{bob.pk}: it was changed without an event." in page
    assert main(["history", "settle", "  "]) == Exit.USAGE
    assert main(["history", "settle", "a slip while trying the database"]) == Exit.YES
    verify.run(timezone.now())
    assert edited_since() is None
