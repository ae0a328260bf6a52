"""The engine's pages, as each of the cast."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from fanghu.assurance.documents import keep
from fanghu.assurance.drilling import drills
from fanghu.assurance.models import Attestation, DrillRecord, JudgingRun, Relief
from fanghu.events.models import OutboxEvent

pytestmark = pytest.mark.usefixtures("systems", "mechanism")
Client = Callable[[str], Any]


@pytest.fixture(autouse=True)
def home(settings: Any, tmp_path: Path) -> None:
    settings.HOME = tmp_path


def form(**over: Any) -> dict[str, Any]:
    return {
        "subjects": ["system:office", "system:trading"], "claim": "met", "statement": "Signed in May.",
        "document": SimpleUploadedFile("contract.html", b"<script>alert(1)</script>", "text/html"),
        "effective_from": "2026-11-01", "effective_until": "2027-10-31", **over,
    }  # fmt: skip


def test_a_document_given_on_the_page_is_approved_and_downloaded_never_shown(client_as: Client) -> None:
    erin, carol = client_as("erin"), client_as("carol")
    page = reverse("attest", args=["7.13", "system:office"])
    assert b'value="system:office"' in erin.get(page).content
    answer = erin.post(page, form())
    assert answer.status_code == 302
    row = Attestation.objects.first()
    assert row is not None
    assert answer.url == reverse("approval", args=[row.approval_id])
    served = carol.get(reverse("document", args=[row.document_hash]))
    assert served["Content-Disposition"].startswith("attachment")
    assert served["Content-Type"] == "application/octet-stream"
    assert served["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert served["X-Content-Type-Options"] == "nosniff"
    assert b"".join(served.streaming_content) == b"<script>alert(1)</script>"


@pytest.mark.parametrize(
    ("over", "sentence"),
    [
        ({"effective_until": "2028-01-01"}, "FH-ASR-24"),
        ({"effective_until": "2026-01-01"}, "FH-ASR-23"),
        ({"document": SimpleUploadedFile("a.pdf", b"")}, "empty"),
        ({"subjects": ["system:nowhere"]}, "nowhere"),
    ],
)
def test_a_wrong_form_keeps_nothing_and_says_why(
    client_as: Client, over: dict[str, Any], sentence: str, tmp_path: Path
) -> None:
    answer = client_as("erin").post(reverse("attest", args=["7.13", "system:office"]), form(**over))
    assert (answer.status_code, Attestation.objects.count()) == (400, 0)
    assert sentence in answer.content.decode()
    assert not list(tmp_path.glob("evidence/*/*"))


def test_a_measured_duty_offers_no_form(client_as: Client, mechanism: Any) -> None:
    from tests.assurance.conftest import FANGHU, OFFICE, TRADING, say
    from tests.assurance.mechanism.facts import Locks

    for subject in (FANGHU, OFFICE, TRADING):
        say(mechanism, Locks, subject)
    answer = client_as("erin").get(reverse("attest", args=["6.5", "system:office"]))
    assert b"effective_until" not in answer.content


def test_a_changed_document_is_not_served(client_as: Client) -> None:
    erin = client_as("erin")
    erin.post(reverse("attest", args=["7.13", "system:office"]), form())
    row = Attestation.objects.first()
    assert row is not None
    from fanghu.assurance.documents import path_of

    path_of(row.document_hash).write_bytes(b"other")
    assert erin.get(reverse("document", args=[row.document_hash])).status_code == 400


def test_a_document_nobody_refers_to_is_not_served(client_as: Client) -> None:
    kept = keep("stray", [b"stray"])
    assert client_as("erin").get(reverse("document", args=[kept.hash])).status_code == 404


def test_relief_is_compared_number_by_number(client_as: Client, django_user_model: Any) -> None:
    from django.apps import apps

    from tests.assurance.conftest import NOW

    apps.get_model("register", "Firm").objects.create(pk=1, kind="futures_firm", foreign_group=True, changed_at=NOW)
    erin = client_as("erin")
    page = reverse("relief", args=["6.5", "system:office"])
    assert b"limit_max_failures" in erin.get(page).content
    answer = erin.post(page, {
        "kind": "foreign_standard", "limit_max_failures": "5", "limit_lock_minutes": "60", "reason": "Group standard.",
        "document": SimpleUploadedFile("group.pdf", b"%PDF"), "until": "2027-05-01",
    })  # fmt: skip
    assert answer.status_code == 302
    assert [(row["name"], row["applied"]) for row in Relief.objects.get().comparison] == [
        ("max_failures", 3), ("lock_minutes", 60.0)
    ]  # fmt: skip


def test_relief_the_regulation_does_not_know_is_not_offered(client_as: Client) -> None:
    answer = client_as("erin").get(reverse("relief", args=["6.11", "system:office"]))
    assert b"allows no relief" in answer.content


def test_judging_now_goes_back_only_to_our_own_pages(client_as: Client) -> None:
    erin = client_as("erin")
    assert erin.post(reverse("judge_now"), {"next": "https://evil.example/"}).url == "/"
    assert erin.post(reverse("judge_now"), {"subject": "system:office", "next": "/clause/6.5"}).url == "/clause/6.5"
    assert list(JudgingRun.objects.order_by("started_at").values_list("cells", flat=True)) == [83 * 4, 83]
    assert erin.get(reverse("judge_now")).status_code == 405


def test_a_drill_is_queued_by_a_button_and_shown(client_as: Client) -> None:
    erin, carol = client_as("erin"), client_as("carol")
    assert reverse("drill_run", args=["locks"]).encode() in erin.get(reverse("drills")).content
    assert reverse("drill_run", args=["locks"]).encode() not in carol.get(reverse("drills")).content
    assert carol.post(reverse("drill_run", args=["locks"])).status_code == 403
    assert erin.post(reverse("drill_run", args=["locks"])).status_code == 302
    assert erin.post(reverse("drill_run", args=["locks"]), follow=True).status_code == 200
    assert DrillRecord.objects.count() == 1
    assert carol.get(reverse("drill", args=["locks"])).status_code == 200
    assert carol.get(reverse("drill", args=["nothing"])).status_code == 404


def test_every_drill_is_queued_by_one_button_and_told_once(client_as: Client) -> None:
    erin, before = client_as("erin"), OutboxEvent.objects.count()
    assert b"Run all now" in erin.get(reverse("drills")).content
    assert erin.post(reverse("drills_run")).status_code == 302
    queued = DrillRecord.objects.count()
    assert queued == len(drills())
    assert OutboxEvent.objects.count() == before + 1
    assert b"Run all now" not in erin.get(reverse("drills")).content
    assert b"under way already" in erin.post(reverse("drills_run"), follow=True).content
    assert DrillRecord.objects.count() == queued
    assert client_as("carol").post(reverse("drills_run")).status_code == 403


def test_the_page_of_a_drill_shows_its_steps_and_proves_the_clean_up(client_as: Client) -> None:
    at = datetime(2026, 11, 22, 4, tzinfo=UTC)
    step = {
        "name": "wrong password {number}",
        "expected": "refused",
        "seen": "refused",
        "at": at.isoformat(),
        "ok": True,
    }
    for number in range(8):
        asked = at + timedelta(days=number)
        DrillRecord.objects.create(
            id=f"{number:032x}", name="locks", duty="6.5", subject="system:fanghu", state="finished", result="passed",
            steps=[{**step, "params": {"number": 3}}], asked_at=asked, finished_at=asked, cleaned_at=asked,
        )  # fmt: skip
    page = client_as("carol").get(reverse("drill", args=["locks"])).content.decode()
    assert page.count("wrong password 3") == 5
    assert "3 earlier runs" in page
    assert "cleaned up at 2026-11-29" in page
    DrillRecord.objects.update(left_over=["account canary"], cleaned_at=None, result="interrupted")
    page = client_as("carol").get(reverse("drill", args=["locks"])).content.decode()
    assert "left behind: account canary" in page
    assert "interrupted" in page


@pytest.mark.parametrize("who", ["carol", "bob"])
def test_readers_cannot_attest_or_ask(client_as: Client, who: str) -> None:
    client = client_as(who)
    for page in (reverse("attest", args=["7.13", "firm"]), reverse("relief", args=["8.1", "firm"])):
        assert client.get(page).status_code == 403


def test_the_approver_can_open_what_is_signed(client_as: Client) -> None:
    client_as("erin").post(reverse("attest", args=["7.13", "system:office"]), form())
    row = Attestation.objects.first()
    assert row is not None
    page = client_as("bob").get(reverse("approval", args=[row.approval_id])).content.decode()
    assert reverse("document", args=[row.document_hash]) in page
    assert row.document_hash in page
