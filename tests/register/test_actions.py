"""Changes of the register: what holds at once, what waits, what is judged meanwhile."""

from datetime import date

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from fanghu.approvals.actions import decide
from fanghu.faults import Fault
from fanghu.register import actions, collectors
from fanghu.register.models import Firm, Person, System

pytestmark = pytest.mark.django_db
BASIS = {"class_evidence": "董事會紀錄", "class_evidence_date": date(2026, 1, 5)}


def code_of(call, *args, **options):
    with pytest.raises(Fault) as caught:
        call(*args, **options)
    return caught.value.code


def test_fanghu_registers_itself_once(now, events):
    actions.register_system_one(now)
    actions.register_system_one(now)
    assert len(events("system.registered")) == 1
    facts = collectors.systems_now()["fanghu"]
    assert (facts.is_core, facts.kind, facts.e_trading, facts.internet_facing) == (True, "security", False, None)


def test_until_the_firm_is_described_nothing_is_known(now, machine):
    assert collectors.firm_now() is None
    actions.describe_firm({"kind": "futures_firm", "has_ciso": True, **BASIS}, by=machine, now=now)
    assert collectors.firm_now().firm_class == "class_1"


def test_the_class_needs_its_evidence(now, machine):
    assert code_of(actions.describe_firm, {"kind": "futures_firm", "tier": 2}, by=machine, now=now) == "FH-REG-55"
    assert not Firm.objects.exists()


def test_a_looser_firm_waits_and_the_stricter_is_judged(cast, doer, now, events):
    alice, bob = doer(cast["alice"]), doer(cast["bob"])
    values = {"kind": "futures_firm", "has_ciso": False, "tier": 4, "internet_ordering": True, **BASIS}
    assert code_of(actions.describe_firm, values, by=alice, now=now) == "FH-REG-54"
    saved = actions.describe_firm(values, "主管機關列為第四級", by=alice, now=now)
    assert code_of(actions.describe_firm, values, "再一次", by=alice, now=now) == "FH-REG-56"
    assert collectors.firm_now().firm_class is None
    assert collectors.firm_now().internet_ordering is True
    decide(saved.approval.pk, True, "", by=bob, now=timezone.now())
    assert collectors.firm_now().firm_class == "class_2"
    back = actions.describe_firm({"has_ciso": True}, by=alice, now=now)
    assert back.approval is None
    assert collectors.firm_now().firm_class == "class_1"
    assert len(events("approval.granted")) == 1


def test_named_kinds_cannot_be_non_core_by_any_way(now, machine):
    values = {"slug": "order", "name": "下單", "kind": "trading", "is_core": False, "not_core_reason": "x"}
    assert code_of(actions.register_system, values, by=machine, now=now) == "FH-REG-28"
    with pytest.raises(IntegrityError), transaction.atomic():
        System.objects.create(slug="o", name="o", kind="trading", is_core=False, created_at=now, changed_at=now)


def test_a_name_holds_at_once_while_a_fact_waits_and_the_stricter_is_judged(cast, doer, now):
    alice = doer(cast["alice"])
    values = {"slug": "crm", "name": "客戶", "kind": "customer", "personal_data": True, "serves_outside": False}
    actions.register_system(values, by=alice, now=now)
    change = {"name": "客戶關係", "personal_data": False, "serves_outside": True}
    saved = actions.change_system("crm", change, "移轉", by=alice, now=now)
    system = System.objects.get(slug="crm")
    assert (system.name, system.personal_data, system.serves_outside) == ("客戶關係", True, False)
    facts = collectors.systems_now()["crm"]
    assert (facts.personal_data, facts.serves_outside) == (True, True)
    before = collectors.marker()
    decide(saved.approval.pk, True, "", by=doer(cast["bob"]), now=timezone.now())
    facts = collectors.systems_now()["crm"]
    assert (facts.personal_data, facts.serves_outside) == (False, True)
    assert collectors.marker() != before


def test_the_same_change_is_not_asked_twice(now, machine):
    actions.register_system({"slug": "crm", "name": "C", "kind": "customer"}, by=machine, now=now)
    actions.change_system("crm", {"personal_data": False}, "無", by=machine, now=now)
    assert code_of(actions.change_system, "crm", {"personal_data": False}, "無", by=machine, now=now) == "FH-REG-56"


def test_a_retiring_and_a_deleted_system_are_judged_until_approved(cast, doer, now):
    alice, bob = doer(cast["alice"]), doer(cast["bob"])
    for slug in ("old", "typo"):
        actions.register_system({"slug": slug, "name": slug, "kind": "other"}, by=alice, now=now)
    retire = actions.retire_system("old", date(2026, 11, 20), "汰換", by=alice, now=now)
    delete = actions.delete_system("typo", "誤登", by=alice, now=now)
    assert {"old", "typo"} <= collectors.systems_now().keys()
    for approval in (retire, delete):
        decide(approval.pk, True, "", by=bob, now=timezone.now())
    assert not {"old", "typo"} & collectors.systems_now().keys()
    assert collectors.systems_now(retired_too=True)["old"].retired is True
    assert list(System.objects.filter(slug__in=["old", "typo"]).values_list("slug", flat=True)) == ["old"]


def test_fanghu_itself_stays(now, machine):
    actions.register_system_one(now)
    assert code_of(actions.delete_system, "fanghu", "x", by=machine, now=now) == "FH-REG-31"
    assert code_of(actions.retire_system, "fanghu", date(2026, 1, 1), "x", by=machine, now=now) == "FH-REG-31"
    off = {"is_core": False, "not_core_reason": "x"}
    assert code_of(actions.change_system, "fanghu", off, by=machine, now=now) == "FH-REG-31"


def test_unknown_and_taken_codes(now, machine):
    assert code_of(actions.change_system, "nowhere", {}, by=machine, now=now) == "FH-REG-50"
    values = {"slug": "crm", "name": "C", "kind": "customer", "owner": "E9"}
    assert code_of(actions.register_system, values, by=machine, now=now) == "FH-REG-27"
    del values["owner"]
    actions.register_system(values, by=machine, now=now)
    assert code_of(actions.register_system, values, by=machine, now=now) == "FH-REG-52"


def test_people_are_told_by_id_never_by_name(now, machine, events):
    person = actions.save_person(None, {"number": "E1", "name": "王小明"}, by=machine, now=now)
    actions.save_person(person.pk, {"name": "王大明"}, by=machine, now=now)
    assert "王" not in str(events())
    assert [event["type"] for event in events()] == ["person.added", "person.changed"]
    other = {"number": "E1", "name": "李"}
    assert code_of(actions.save_person, None, other, by=machine, now=now) == "FH-REG-53"
    wrong = {"employed_from": date(2026, 2, 1), "employed_until": date(2026, 1, 1)}
    assert code_of(actions.save_person, person.pk, wrong, by=machine, now=now) == "FH-REG-32"
    assert Person.objects.get().name == "王大明"
