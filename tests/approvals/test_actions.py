"""Asking and deciding, as the cast lives it; the register's own requests serve as the thing asked for."""

from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from django.utils import timezone

from fanghu.accounts.actions import create_account, disable_account, enable_account
from fanghu.approvals import actions, reading
from fanghu.approvals.models import Approval
from fanghu.events.doer import Doer
from fanghu.events.models import OutboxEvent
from fanghu.faults import Fault
from fanghu.register.actions import change_system, register_system, save_person
from fanghu.register.models import System
from tests.cast import add_account

NOW = datetime(2026, 11, 22, 4, tzinfo=UTC)


def doer(account):
    return Doer("console", account=str(account.pk), person=str(account.person_id), place="127.0.0.1")


def events(type_=None):
    bodies = [msgspec.json.decode(bytes(row.body)) for row in OutboxEvent.objects.order_by("created_at")]
    return [body for body in bodies if type_ is None or body["type"] == type_]


@pytest.fixture
def asked(cast):
    """alice registers a mail system and asks that it be non-core."""
    values = {"slug": "mail", "name": "郵件", "kind": "office", "is_core": False, "not_core_reason": "不涉交易"}
    _system, saved = register_system(values, by=doer(cast["alice"]), now=NOW)
    return saved.approval


def refused(code, approval, account, *, approve=True, note="", **options):
    with pytest.raises(Fault) as caught:
        actions.decide(approval.pk, approve, note, by=doer(account), now=timezone.now(), **options)
    assert caught.value.code == code
    approval.refresh_from_db()
    assert approval.state == Approval.State.PENDING


def test_a_second_person_approves_and_one_event_tells_it(cast, asked):
    decided = actions.decide(
        asked.pk, True, "", by=doer(cast["bob"]), now=timezone.now(), shown_hash=asked.content_hash
    )
    assert decided.state == Approval.State.APPROVED
    assert System.objects.get(slug="mail").is_core is False
    told = events("approval.granted")
    assert len(told) == 1
    assert told[0]["detail"]["hash"] == asked.content_hash
    assert len(events()) == 3  # registered, asked, granted


def test_whoever_asks_cannot_approve_nor_under_a_second_account(cast, asked):
    refused("FH-APR-03", asked, cast["alice"])
    second = add_account("alice2", "reviewer", factor=False, person=cast["alice"].person)
    refused("FH-APR-03", asked, second)
    assert asked not in reading.waiting_for(second)
    assert asked in reading.waiting_for(cast["bob"])


def test_roles_without_the_right_and_disabled_accounts_cannot(cast, asked):
    refused("FH-APR-12", asked, cast["carol"])
    refused("FH-APR-12", asked, cast["dave"])
    type(cast["bob"]).objects.filter(pk=cast["bob"].pk).update(state="disabled")
    refused("FH-APR-12", asked, cast["bob"])


def test_who_was_created_or_reset_by_the_asker_is_refused_while_a_third_exists(cast, asked):
    accounts = type(cast["bob"]).objects
    accounts.filter(pk=cast["bob"].pk).update(factor_reset_by_person=cast["alice"].person)
    refused("FH-APR-05", asked, cast["bob"])
    accounts.filter(pk=cast["erin"].pk).update(created_by_person=cast["alice"].person)
    decided = actions.decide(asked.pk, True, "", by=doer(cast["bob"]), now=timezone.now())
    assert decided.flag == "made_by_asker"
    assert events("approval.granted")[0]["detail"]["flag"] == "made_by_asker"


def test_refusing_needs_a_reason_and_changes_nothing(cast, asked):
    refused("FH-APR-07", asked, cast["bob"], approve=False)
    actions.decide(asked.pk, False, "仍有客戶資料", by=doer(cast["bob"]), now=timezone.now())
    assert System.objects.get(slug="mail").is_core is True
    assert len(events("approval.refused")) == 1
    with pytest.raises(Fault, match="FH-APR-02"):
        actions.decide(asked.pk, True, "", by=doer(cast["erin"]), now=timezone.now())


def test_what_was_not_shown_is_not_signed(cast, asked):
    refused("FH-APR-08", asked, cast["bob"], shown_hash="0" * 64)


def test_a_request_lapses_when_what_it_stands_on_has_changed(cast, asked):
    System.objects.filter(slug="mail").delete()
    decided = actions.decide(asked.pk, True, "", by=doer(cast["bob"]), now=timezone.now())
    assert decided.state == Approval.State.LAPSED
    assert [event["type"] for event in events()][-1] == "approval.lapsed"


def test_a_paid_up_rule_still_holds_when_two_requests_are_approved_one_after_the_other(cast, asked):
    saved = change_system("mail", {"kind": "trading"}, "改為交易", by=doer(cast["alice"]), now=NOW)
    actions.decide(saved.approval.pk, True, "", by=doer(cast["bob"]), now=timezone.now())
    with pytest.raises(Fault, match="FH-REG-28"):
        actions.decide(asked.pk, True, "", by=doer(cast["bob"]), now=timezone.now())
    asked.refresh_from_db()
    assert asked.state == Approval.State.PENDING
    assert System.objects.get(slug="mail").is_core is True


def test_nothing_is_decided_by_command_line_and_what_it_asks_must_be_taken_over(cast):
    machine = Doer("cli", place="host uid 0")
    register_system({"slug": "hr", "name": "人資", "kind": "office", "personal_data": True}, by=machine, now=NOW)
    approval = change_system("hr", {"personal_data": False}, "誤填", by=machine, now=NOW).approval
    with pytest.raises(Fault, match="FH-APR-09"):
        actions.decide(approval.pk, True, "", by=machine, now=NOW)
    refused("FH-APR-06", approval, cast["bob"])
    actions.adopt(approval.pk, by=doer(cast["bob"]), now=NOW)
    refused("FH-APR-03", approval, cast["bob"])
    actions.decide(approval.pk, True, "", by=doer(cast["erin"]), now=timezone.now())
    assert System.objects.get(slug="hr").personal_data is False


def test_only_the_asker_withdraws(cast, asked):
    with pytest.raises(Fault, match="FH-APR-10"):
        actions.withdraw(asked.pk, by=doer(cast["bob"]), now=NOW)
    assert actions.withdraw(asked.pk, by=doer(cast["alice"]), now=NOW).state == Approval.State.WITHDRAWN
    assert len(events("approval.withdrawn")) == 1


def test_a_second_person_is_a_person_who_could_decide(cast):
    accounts = type(cast["bob"]).objects
    assert reading.second_person_exists()
    accounts.filter(login_id__in=["erin", "bob"]).update(state="disabled")
    assert not reading.second_person_exists()
    add_account("alice2", "reviewer", factor=False, person=cast["alice"].person)
    assert not reading.second_person_exists()
    accounts.filter(login_id="bob").update(state="active", valid_until=timezone.now() - timedelta(days=1))
    assert not reading.second_person_exists()


def test_a_wrong_id_is_one_sentence(cast):
    for wrong in ("not-a-uuid", "00000000-0000-0000-0000-000000000000"):
        with pytest.raises(Fault, match="FH-APR-01"):
            actions.decide(wrong, True, "", by=doer(cast["bob"]), now=NOW)


def make(login_id, person, role, by):
    """``by`` makes an account for a person of the register through the accounts' own deed."""
    made, _given = create_account(
        person=person.pk, name=person.name, login_id=login_id, kind="named", roles=[role], valid_until=None,
        by=doer(by), now=timezone.now(),
    )  # fmt: skip
    return made


def ghost(number):
    return save_person(None, {"number": number, "name": f"Nobody {number}"}, by=doer_of_nobody(), now=NOW)


def doer_of_nobody():
    return Doer("cli", place="machine")


def test_an_invented_person_and_one_made_by_that_person_are_refused(cast, asked):
    first = make("ghost", ghost("X-1"), "administrator", cast["alice"])
    refused("FH-APR-05", asked, first)
    second = make("ghost2", ghost("X-2"), "reviewer", first)
    refused("FH-APR-05", asked, second)


def test_enabling_an_account_again_hands_out_its_password_and_is_remembered(cast, asked):
    disable_account(cast["bob"].pk, "leave", by=doer(cast["alice"]), now=timezone.now())
    enable_account(cast["bob"].pk, None, by=doer(cast["alice"]), now=timezone.now())
    refused("FH-APR-05", asked, cast["bob"])


def test_what_ones_own_creature_asked_for_is_decided_with_a_flag(cast):
    creature = make("ghost", ghost("X-1"), "officer", cast["alice"])
    values = {"slug": "mail", "name": "郵件", "kind": "office", "is_core": False, "not_core_reason": "不涉交易"}
    _system, saved = register_system(values, by=doer(creature), now=NOW)
    assert actions.decide(saved.approval.pk, True, "", by=doer(cast["alice"]), now=timezone.now()).flag == "made_asker"


def test_a_recovery_on_the_machine_does_not_wash_a_decider(cast, asked):
    accounts = type(cast["bob"]).objects
    accounts.filter(pk=cast["bob"].pk).update(factor_reset_at=timezone.now(), factor_reset_by_person=None)
    assert actions.decide(asked.pk, True, "", by=doer(cast["bob"]), now=timezone.now()).flag == "recovered"


def test_two_deciders_one_decision(cast, asked):
    actions.decide(asked.pk, True, "", by=doer(cast["bob"]), now=timezone.now())
    with pytest.raises(Fault) as caught:
        actions.decide(asked.pk, False, "no", by=doer(cast["erin"]), now=timezone.now())
    assert caught.value.code == "FH-APR-02"


def test_a_payload_changed_after_asking_lapses(cast, asked):
    payload = asked.payload
    next(iter(payload["changes"].values()))["serves_outside"] = [None, False]
    Approval.objects.filter(pk=asked.pk).update(payload=payload)
    assert actions.decide(asked.pk, True, "", by=doer(cast["bob"]), now=timezone.now()).state == "lapsed"
    assert System.objects.get(slug="mail").is_core
