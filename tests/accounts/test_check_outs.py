"""Alice borrows an account that is nobody's own: for a time, with a reason, and as nobody else."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from django.contrib.auth.hashers import check_password

from fanghu.accounts import actions, check_outs
from fanghu.accounts.models import Account, AccountRole, CheckOut
from fanghu.accounts.reading import why_not
from fanghu.approvals.actions import decide
from fanghu.approvals.deciders import able_accounts
from fanghu.approvals.models import Approval
from fanghu.events.doer import KEEPER, Doer
from fanghu.events.models import OutboxEvent
from tests.cast import browser

Sit = Callable[[str], Any]
NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)


def doer(account: Account) -> Doer:
    return Doer("console", account=str(account.pk), person=str(account.person_id))


def told() -> list[str]:
    return [msgspec.json.decode(bytes(row.body))["type"] for row in OutboxEvent.objects.order_by("created_at", "pk")]


@pytest.fixture
def lent(cast: dict[str, Any]) -> Account:
    """An account for the machine room that bob answers for."""
    return make("machine-room", "admin", cast)


def make(login_id: str, kind: str, cast: dict[str, Any]) -> Account:
    account, password = actions.create_account(
        person=cast["bob"].person_id, name=login_id, login_id=login_id, kind=kind, roles=[], valid_until=None,
        lent=True, by=doer(cast["alice"]), now=NOW - timedelta(days=1),
    )  # fmt: skip
    assert password == ""
    return account


def test_nobody_uses_it_but_whoever_has_it_and_only_as_long(cast: dict[str, Any], lent: Account) -> None:
    alice = doer(cast["alice"])
    assert why_not(lent, NOW) == "not_checked_out"
    granted = check_outs.ask_for(lent.pk, 2, "replace a disk", by=alice, now=NOW)
    assert granted is not None
    with pytest.raises(actions.Refused, match="not yours"):
        check_outs.take(granted.pk, by=doer(cast["bob"]), now=NOW)
    password = check_outs.take(granted.pk, by=alice, now=NOW)
    lent.refresh_from_db()
    assert check_password(password, lent.password)
    assert why_not(lent, NOW + timedelta(minutes=119)) is None
    assert why_not(lent, NOW + timedelta(minutes=120)) == "not_checked_out"
    assert Account.objects.get(pk=lent.pk).acting_person_id == cast["alice"].person_id
    with pytest.raises(actions.Refused, match="somebody has it"):
        check_outs.ask_for(lent.pk, 1, "me too", by=doer(cast["erin"]), now=NOW)
    check_outs.give_back(granted.pk, by=alice, now=NOW + timedelta(minutes=30))
    lent.refresh_from_db()
    assert not lent.has_usable_password()
    assert why_not(lent, NOW + timedelta(minutes=31)) == "not_checked_out"
    assert sorted(told()) == ["account.created", "check_out.ended", "check_out.granted", "check_out.taken"]


def test_time_takes_back_what_nobody_returns(cast: dict[str, Any], lent: Account) -> None:
    alice = doer(cast["alice"])
    taken = check_outs.ask_for(lent.pk, 1, "night shift", by=alice, now=NOW)
    assert taken is not None
    check_outs.take(taken.pk, by=alice, now=NOW)
    assert check_outs.end_due(by=KEEPER, now=NOW + timedelta(minutes=59)) == 0
    assert check_outs.end_due(by=KEEPER, now=NOW + timedelta(hours=1)) == 1
    assert check_outs.end_due(by=KEEPER, now=NOW + timedelta(hours=2)) == 0
    taken.refresh_from_db()
    assert (taken.ended_at, taken.end_reason) == (NOW + timedelta(hours=1), "time")
    forgotten = check_outs.ask_for(lent.pk, 1, "never begun", by=alice, now=NOW + timedelta(hours=3))
    assert forgotten is not None
    assert check_outs.end_due(by=KEEPER, now=NOW + timedelta(hours=27)) == 1


@pytest.mark.parametrize(("hours", "reason"), [(0, "x"), (9, "x"), (1, "  ")])
def test_it_asks_for_a_reason_and_a_working_day_at_most(
    cast: dict[str, Any], lent: Account, hours: int, reason: str
) -> None:
    with pytest.raises(actions.Refused, match="Give a reason"):
        check_outs.ask_for(lent.pk, hours, reason, by=doer(cast["alice"]), now=NOW)
    assert not CheckOut.objects.exists()


def test_an_emergency_account_waits_for_a_second_person(cast: dict[str, Any]) -> None:
    glass = make("break-glass", "emergency", cast)
    assert check_outs.ask_for(glass.pk, 4, "the site is down", by=doer(cast["alice"]), now=NOW) is None
    asked = Approval.objects.get()
    assert not CheckOut.objects.exists()
    decide(asked.pk, True, "", by=doer(cast["erin"]), now=NOW)
    row = CheckOut.objects.get()
    assert (row.person_id, row.approval, row.from_at) == (cast["alice"].person_id, str(asked.pk), None)
    assert check_outs.take(row.pk, by=doer(cast["alice"]), now=NOW + timedelta(hours=1))


def test_nobody_borrows_rights_of_their_own_accord(cast: dict[str, Any], lent: Account) -> None:
    """Alice administers accounts; one that may read the log is lent to her by two people or not at all."""
    actions.change_roles(lent.pk, ["auditor"], by=doer(cast["alice"]), now=NOW)
    assert check_outs.ask_for(lent.pk, 1, "look something up", by=doer(cast["alice"]), now=NOW) is None
    assert check_outs.ask_for(lent.pk, 1, "look something up", by=doer(cast["erin"]), now=NOW) is not None
    plain = make("plain", "admin", cast)
    granted = check_outs.ask_for(plain.pk, 1, "nothing much", by=doer(cast["alice"]), now=NOW)
    assert granted is not None
    with pytest.raises(actions.Refused, match="FH-ACC-10"):
        actions.change_roles(plain.pk, ["auditor"], by=doer(cast["alice"]), now=NOW)
    AccountRole.objects.create(account=plain, role="auditor", granted_at=NOW)
    with pytest.raises(actions.Refused, match="FH-ACC-22"):
        check_outs.take(granted.pk, by=doer(cast["alice"]), now=NOW)
    with pytest.raises(actions.Refused, match="FH-ACC-10"):
        actions.create_account(
            person=cast["alice"].person_id, name="mine", login_id="mine", kind="admin", roles=[], valid_until=None,
            lent=True, by=doer(cast["alice"]), now=NOW,
        )  # fmt: skip


def test_a_lent_account_gets_no_password_from_an_administrator(cast: dict[str, Any], lent: Account) -> None:
    with pytest.raises(actions.Refused, match="FH-ACC-23"):
        actions.reset_sign_in(lent.pk, factor=False, by=doer(cast["alice"]), now=NOW)
    actions.disable_account(lent.pk, "unused", by=doer(cast["alice"]), now=NOW)
    assert actions.enable_account(lent.pk, None, by=doer(cast["alice"]), now=NOW) == ""
    lent.refresh_from_db()
    assert not lent.has_usable_password()


def test_whoever_borrows_cannot_decide_by_it(cast: dict[str, Any]) -> None:
    glass = make("break-glass", "emergency", cast)
    actions.change_roles(glass.pk, ["officer"], by=doer(cast["alice"]), now=NOW)
    assert glass.pk not in set(able_accounts(NOW).values_list("pk", flat=True))


def test_from_the_page_to_a_session_and_out_again(cast: dict[str, Any], client_as: Sit) -> None:
    """Alice borrows, signs in with what the page shows, gives it back, and the very next page is the sign-in page."""
    night = make("night-watch", "named", cast)
    alice, machine = client_as("alice"), browser()
    alice.post("/accounts/check-outs/", {"account": night.pk, "hours": "1", "reason": "night shift"})
    row = CheckOut.objects.get()
    shown = re.search(
        r"<code>([A-Za-z0-9-]{23})</code>", alice.post(f"/accounts/check-outs/{row.pk}/take/").content.decode()
    )
    assert shown
    machine.post("/sign-in/", {"login": "night-watch", "password": shown[1]})
    assert machine.get("/sign-in/account/").status_code == 200
    alice.post(f"/accounts/check-outs/{row.pk}/return/")
    assert machine.get("/sign-in/account/").headers["Location"].startswith("/sign-in/")
    machine.post("/sign-in/", {"login": "night-watch", "password": shown[1]})
    assert machine.get("/sign-in/account/").status_code == 302
    assert shown[1] not in "".join(bytes(event.body).decode() for event in OutboxEvent.objects.all())


def test_the_page_lends_and_takes_back(cast: dict[str, Any], client_as: Sit, lent: Account) -> None:
    alice = client_as("alice")
    asked = alice.post("/accounts/check-outs/", {"account": lent.pk, "hours": "1", "reason": "replace a disk"})
    assert asked.status_code == 302, asked.content.decode()
    row = CheckOut.objects.get()
    begun = alice.post(f"/accounts/check-outs/{row.pk}/take/")
    assert re.search(r"<code>([A-Za-z0-9-]{23})</code>", begun.content.decode())
    assert "no-store" in begun.headers["Cache-Control"]
    assert b"Give back" in alice.get("/accounts/check-outs/").content
    alice.post(f"/accounts/check-outs/{row.pk}/return/")
    row.refresh_from_db()
    assert row.end_reason == "given_back"
    assert client_as("bob").get("/accounts/check-outs/").status_code == 403
