"""The pages of the register, as the cast uses them without script."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from fanghu.approvals.models import Approval
from fanghu.register.actions import register_system, register_system_one
from fanghu.register.models import Firm, ImportedList, OfficialText, Person, System
from tests.register.files import csv_file, workbook

SYSTEM = {"slug": "crm", "name": "客戶關係", "kind": "customer", "is_core": "True", "personal_data": "True"}


def upload(name, content):
    return SimpleUploadedFile(name, content)


def test_the_register_tells_an_empty_firm_what_to_do_next(client_as, now, db):
    register_system_one(now)
    page = client_as("erin").get("/register/").content.decode()
    assert "strictest scope is assumed" in page
    assert "/register/import/" in page
    assert "/register/systems/new/" not in client_as("carol").get("/register/").content.decode()


def test_erin_says_what_the_firm_is(client_as):
    erin = client_as("erin")
    sent = {
        "kind": "futures_firm",
        "has_ciso": "True",
        "tier": "",
        "internet_ordering": "True",
        "foreign_group": "False",
    }
    assert "FH-REG-55" in erin.post("/register/firm/", sent).content.decode()
    sent |= {"class_evidence": "董事會 115-3", "class_evidence_date": "115/1/5"}
    assert erin.post("/register/firm/", sent).status_code == 302
    assert Firm.objects.get().class_evidence_date.isoformat() == "2026-01-05"
    page = erin.get("/register/").content.decode()
    assert "class 1" in page
    assert erin.get("/register/firm/").status_code == 200
    assert erin.post("/register/firm/", sent | {"class_evidence_date": "115/13/5"}).status_code == 400


def test_dave_registers_a_system_changes_it_and_asks_to_retire_it(client_as, now):
    dave = client_as("dave")
    assert dave.post("/register/systems/new/", SYSTEM).status_code == 302
    assert System.objects.get(slug="crm").e_trading_channels is None
    changed = {**SYSTEM, "personal_data": "False", "hosts": "web1\n10.0.0.1", "e_trading_channels": ["none"]}
    kept = dave.post("/register/systems/crm/", changed)
    assert kept.status_code == 400
    assert "FH-REG-54" in kept.content.decode()
    assert "10.0.0.1" in kept.content.decode()  # nothing typed is lost
    assert System.objects.get(slug="crm").hosts == []  # and nothing is half saved
    assert dave.post("/register/systems/crm/", {**changed, "reason": "已移轉"}).status_code == 302
    system = System.objects.get(slug="crm")
    assert system.personal_data is True
    assert system.hosts == ["web1", "10.0.0.1"]
    assert Approval.objects.count() == 1
    page = dave.get("/register/systems/crm/").content.decode()
    assert "Waiting for a second person" in page
    assert dave.get("/register/systems/crm/retire/").status_code == 200
    assert dave.post("/register/systems/crm/retire/", {"on": "115/11/20", "reason": "汰換"}).status_code == 302
    assert dave.get("/register/systems/crm/delete/").status_code == 200
    assert dave.post("/register/systems/crm/delete/", {"reason": "誤登"}).status_code == 302
    assert Approval.objects.count() == 3


def test_a_core_kind_cannot_be_ticked_non_core(client_as):
    sent = {**SYSTEM, "kind": "trading", "is_core": "False", "not_core_reason": "x"}
    page = client_as("dave").post("/register/systems/new/", sent)
    assert page.status_code == 400
    assert "FH-REG-28" in page.content.decode()


def test_people_are_added_and_changed(client_as):
    alice = client_as("alice")
    sent = {"number": "E1", "name": "王小明", "kind": "staff", "employed_from": "98/3/1"}
    assert alice.post("/register/people/new/", sent).status_code == 302
    person = Person.objects.get(number="E1")
    assert "2009-03-01" in alice.get(f"/register/people/{person.pk}/").content.decode()
    assert "FH-REG-53" in alice.post("/register/people/new/", sent).content.decode()
    assert alice.post(f"/register/people/{person.pk}/", {**sent, "name": "王大明"}).status_code == 302
    assert Person.objects.get(number="E1").name == "王大明"


def test_an_import_is_checked_shown_and_confirmed(client_as, now):
    alice = client_as("alice")
    checked = alice.post("/register/import/", {"table": "systems", "file": upload("s.xlsx", workbook())})
    assert checked.status_code == 302
    assert not System.objects.exists()
    page = alice.get(checked.url)
    assert "mail · core" in page.content.decode()
    digest = page.context["plan"].digest
    assert client_as("bob").get(checked.url).status_code == 403
    assert client_as("erin").get(checked.url).status_code == 400
    assert alice.post(checked.url, {"digest": digest}).status_code == 302
    assert System.objects.count() == 2
    assert Approval.objects.get().payload["changes"]["mail"]["is_core"] == [True, False]
    assert alice.get(checked.url).status_code == 400  # released
    again = alice.post("/register/import/", {"table": "systems", "file": upload("s.csv", csv_file(encoding="cp950"))})
    assert "nothing to change" in alice.get(again.url).content.decode()


def test_bad_rows_are_listed_and_cannot_be_confirmed(client_as):
    alice = client_as("alice")
    content = csv_file([["order", "下單", "太空船", "是", ""], ["ok", "好", "其他", "是", ""]])
    checked = alice.post("/register/import/", {"table": "systems", "file": upload("s.csv", content)})
    page = alice.get(checked.url)
    assert "FH-REG-22" in page.content.decode()
    refused = alice.post(checked.url, {"digest": page.context["plan"].digest})
    assert "FH-REG-42" in refused.content.decode()
    assert not System.objects.exists()


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [("a.xlsm", b"x", "FH-REG-08"), ("a.csv", b"", "FH-REG-03"), ("a.csv", b"a,b\n\0,", "FH-REG-05")],
)
def test_a_hostile_file_is_one_sentence_on_the_form(client_as, name, content, code):
    page = client_as("alice").post("/register/import/", {"table": "systems", "file": upload(name, content)})
    assert page.status_code == 400
    assert code in page.content.decode()


def test_exports_download_as_attachments(client_as, now, machine):
    register_system({"slug": "crm", "name": "C", "kind": "customer"}, by=machine, now=now)
    carol = client_as("carol")
    for path in ("systems.csv", "systems.xlsx", "people.csv", "people.xlsx"):
        got = carol.get(f"/register/export/{path}")
        assert got.status_code == 200
        assert "attachment" in got["Content-Disposition"]
    assert b"crm" in carol.get("/register/export/systems.csv").content


def test_a_list_from_elsewhere_shows_what_is_unregistered(client_as, now):
    alice = client_as("alice")
    sent = {"name": "盤點", "file": upload("l.txt", b"host\nghost1\nghost2.firm.tw\n")}
    assert alice.post("/register/compare/", sent).status_code == 302
    assert ImportedList.objects.get().names == ["ghost1", "ghost2.firm.tw"]
    assert "ghost2.firm.tw" in alice.get("/register/compare/").content.decode()
    carol = client_as("carol")
    assert carol.get("/register/compare/").status_code == 200
    assert carol.post("/register/compare/", {"name": "x", "file": upload("l.txt", b"y")}).status_code == 400


def test_the_official_text_page_says_what_was_found(client_as):
    erin = client_as("erin")
    text = "第六條 識別與鑑別\n五、第五款的文字。\n".encode()
    page = erin.post("/register/official-text/", {"file": upload("r.txt", text)}).content.decode()
    assert "6.5" in page
    assert OfficialText.objects.filter(clause="6.5").exists()
    assert "FH-LAW" in erin.post("/register/official-text/", {"file": upload("r.txt", b"\0")}).content.decode()
