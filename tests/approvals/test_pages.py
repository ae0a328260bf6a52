"""The pages of approvals in a browser without script."""

from datetime import UTC, datetime

import pytest

from fanghu.approvals.models import Approval
from fanghu.events.doer import Doer
from fanghu.register.actions import register_system
from fanghu.register.imports import import_sheet
from fanghu.register.models import System
from fanghu.register.sheet import read_sheet
from tests.register.files import csv_file

NOW = datetime(2026, 11, 22, 4, tzinfo=UTC)


@pytest.fixture
def asked(cast):
    by = Doer("console", account=str(cast["alice"].pk))
    values = {"slug": "mail", "name": "郵件<b>", "kind": "office", "is_core": False, "not_core_reason": "不涉交易"}
    return register_system(values, by=by, now=NOW)[1].approval


def test_bob_reads_what_would_change_and_approves(client_as, asked):
    bob = client_as("bob")
    listing = bob.get("/approvals/").content.decode()
    assert f"/approvals/{asked.pk}/" in listing
    assert "郵件&lt;b&gt;" in listing
    page = bob.get(f"/approvals/{asked.pk}/").content.decode()
    assert "mail · core" in page
    assert asked.content_hash in page
    sent = {"shown": asked.content_hash, "decision": "approve", "note": "", "read": "on"}
    assert bob.post(f"/approvals/{asked.pk}/", {**sent, "read": ""}).status_code == 400
    assert bob.post(f"/approvals/{asked.pk}/", sent).status_code == 302
    assert System.objects.get(slug="mail").is_core is False
    assert bob.get("/approvals/").status_code == 200


def test_alice_sees_why_she_cannot_and_may_withdraw(client_as, asked):
    alice = client_as("alice")
    page = alice.get(f"/approvals/{asked.pk}/").content.decode()
    assert "second person must decide" in page
    assert 'name="decision"' not in page
    refused = alice.post(f"/approvals/{asked.pk}/", {"shown": asked.content_hash, "decision": "approve", "read": "on"})
    assert refused.status_code == 400
    assert "FH-APR-03" in refused.content.decode()
    assert alice.post(f"/approvals/{asked.pk}/withdraw/").status_code == 302
    assert Approval.objects.get(pk=asked.pk).state == "withdrawn"


def test_carol_reads_but_cannot_decide(client_as, asked):
    carol = client_as("carol")
    assert 'name="decision"' not in carol.get(f"/approvals/{asked.pk}/").content.decode()
    assert carol.post(f"/approvals/{asked.pk}/adopt/").status_code == 403


def test_a_request_from_the_machine_is_taken_over_on_its_page(client_as, cast):
    values = {"slug": "hr", "name": "人資", "kind": "office", "is_core": False, "not_core_reason": "無"}
    approval = register_system(values, by=Doer("cli"), now=NOW)[1].approval
    bob, erin = client_as("bob"), client_as("erin")
    assert f"/approvals/{approval.pk}/adopt/" in erin.get(f"/approvals/{approval.pk}/").content.decode()
    assert erin.post(f"/approvals/{approval.pk}/adopt/").status_code == 302
    sent = {"shown": approval.content_hash, "decision": "approve", "read": "on"}
    assert bob.post(f"/approvals/{approval.pk}/", sent).status_code == 302
    assert System.objects.get(slug="hr").is_core is False


def test_an_unknown_request_is_a_sentence_with_a_code(client_as):
    page = client_as("bob").get("/approvals/00000000-0000-0000-0000-000000000000/")
    assert page.status_code == 400
    assert "FH-APR-01" in page.content.decode()


def test_what_is_not_shown_in_full_cannot_be_decided(client_as, cast, now_sheet):
    approval = now_sheet(150)
    bob = client_as("bob")
    short = bob.get(f"/approvals/{approval.pk}/").content.decode()
    assert 'name="decision"' not in short
    assert "?all" in short
    whole = bob.get(f"/approvals/{approval.pk}/?all").content.decode()
    assert 'name="decision"' in whole
    assert "s149 · core" in whole
    sent = {"shown": approval.content_hash, "decision": "approve", "read": "on"}
    assert bob.post(f"/approvals/{approval.pk}/?all", sent).status_code == 302
    assert System.objects.filter(is_core=False).count() == 150


@pytest.fixture
def now_sheet(cast):
    def bring(count):
        rows = [[f"s{n}", f"S{n}", "office", "no", "內部"] for n in range(count)]
        sheet = read_sheet("s.csv", csv_file(rows))
        by = Doer("console", account=str(cast["alice"].pk))
        return import_sheet("systems", sheet, "s.csv", "a" * 64, by=by, now=NOW).approval

    return bring
