"""6.1: faults planted in whose the accounts are and in the matching of sign-ins."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from fanghu.accounts import strays
from fanghu.accounts.models import Account, CheckOut, StraySignIn
from fanghu.auditlog.actions import seal_now
from fanghu.events.actions import record
from fanghu.events.doer import Doer
from fanghu.signin.models import LedgerSession
from tests.honesty.conftest import house as bare_house  # noqa: F401 - the house this one is built on
from tests.honesty.planting import House, Plant, tried

DUTY = "6.1"


@pytest.fixture
def house(bare_house: House) -> House:  # noqa: F811
    """The log read for sign-ins, bob's among them; an account for the machine room that carol answers for."""
    bare_house.setting("FANGHU_OPEN_RUNS", "fanghu.assurance.drilling.is_open")
    signs_in(bare_house.people["bob"])
    lent = Account.objects.create(
        login_id="machine-room", lent=True, person=bare_house.people["carol"].person, created_at=bare_house.now
    )
    lent.set_unusable_password()
    lent.save()
    strays.look(timezone.now())
    bare_house.undo.clear()
    return bare_house


def signs_in(account: Any) -> None:
    """A sign-in of five minutes ago, sealed."""
    at = timezone.now() - timedelta(minutes=5)
    with transaction.atomic():
        record("signin.succeeded", by=Doer("console", account=str(account.pk)), now=at, object_=f"account:{account.pk}")
    seal_now(wait=True)


def never_given_back(house: House) -> None:
    begun = house.now - timedelta(hours=1)
    CheckOut.objects.create(
        account=Account.objects.get(login_id="machine-room"), person=house.people["alice"].person, reason="disk",
        hours=8, granted_at=begun, from_at=begun, until=begun + timedelta(hours=8),
    )  # fmt: skip
    assert house.cell(DUTY).verdict == "met"
    house.by_hand("UPDATE accounts_checkout SET until = %s", begun)


def session_by_hand(house: House) -> None:
    """A session row like any other, for a cookie whose key somebody chose; nobody signed in."""
    LedgerSession.objects.create(
        key_hash="1" * 64, account=house.people["bob"], place="10.0.0.1", methods=["password", "totp"],
        started_at=house.now - timedelta(minutes=50), seen_at=house.now,
    )  # fmt: skip


def stopped(house: House) -> None:
    house.now += timedelta(hours=2)


PLANTS = [
    Plant("a personal account was declared nobody's own by hand, its password known to many",
          lambda house: house.by_hand("UPDATE accounts_account SET lent = %s WHERE login_id = 'dave'", True), "shared"),
    Plant("the middleware that asks for the check-out on every request was taken out",
          lambda house: house.without("fanghu.signin.ledger.LedgerMiddleware"), "shared"),
    Plant("a check-out goes on past its end, for nobody ends it", never_given_back, "overdue"),
    Plant("an account calls itself the canary of a drill that does not run",
          lambda house: house.by_hand("UPDATE accounts_account SET canary_run = 'x' WHERE login_id = 'dave'"),
          "loose_canaries"),
    Plant("the account of somebody who left the firm is still open",
          lambda house: house.by_hand("UPDATE register_person SET employed_until = '2020-01-31' WHERE name = 'Dave'"),
          "no_holder"),
    Plant("a session was written into the ledger by hand", session_by_hand, "unopened"),
    Plant("the keeper stopped reading the log two hours ago", stopped),
    Plant("the reading of the log was set forward past a sign-in by hand",
          lambda house: house.by_hand("UPDATE accounts_signinreading SET sign_ins = 0"), "unmatched"),
]  # fmt: skip
test_a_fault_is_seen = tried(DUTY, PLANTS)


def test_a_sign_in_whose_account_was_wiped_away_stays_until_a_person_settles_it(house: House, tmp_path: Path) -> None:
    """The log cannot be rolled back, so this fault is planted for good: the row goes, the log remembers."""
    dave = house.people["dave"]
    signs_in(dave)
    house.by_hand("DELETE FROM accounts_accountrole WHERE account_id = %s", dave.pk.hex)
    house.by_hand("DELETE FROM accounts_account WHERE login_id = 'dave'")
    assert strays.look(timezone.now()) == 1
    assert house.cell(DUTY).code == "strays"
    erin = house.people["erin"]
    by = Doer("console", account=str(erin.pk), person=str(erin.person_id))
    strays.settle(StraySignIn.objects.get().pk, "dave's account, removed by mistake", by=by, now=timezone.now())
    assert house.cell(DUTY).verdict == "met"
