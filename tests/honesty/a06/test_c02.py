"""6.2: faults planted in the second factor. Nothing here probes from outside yet, so undisturbed it is Unknown for that alone."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction

from fanghu.accounts.models import AccountRole
from fanghu.signin.models import LedgerSession
from tests.honesty.planting import House, Plant

DUTY = "6.2"


def session_without(house: House) -> None:
    AccountRole.objects.filter(account=house.people["alice"]).update(granted_at=house.now - timedelta(days=7))
    LedgerSession.objects.create(
        key_hash="1" * 64, account=house.people["alice"], place="10.0.0.1", methods=["password"],
        started_at=house.now - timedelta(minutes=10), seen_at=house.now,
    )  # fmt: skip


def bob_was_one(house: House) -> None:
    """Bob signed in as a reviewer; somebody then made him an administrator in the database, his session still open."""
    LedgerSession.objects.create(
        key_hash="1" * 64, account=house.people["bob"], place="10.0.0.1", methods=["password"],
        started_at=house.now - timedelta(minutes=10), seen_at=house.now,
    )  # fmt: skip
    assert house.cell(DUTY).code == "no_outside_probe"
    house.by_hand("UPDATE accounts_account SET kind = 'admin' WHERE login_id = 'bob'")


PLANTS = [
    Plant("the stage that makes administrators set up a second factor was taken out",
          lambda house: house.setting("ACCOUNT_ADAPTER", "tests.signin.broken.NoFactorStage"), "password_alone"),
    Plant("the stage that asks for the second factor was taken out",
          lambda house: house.setting("ACCOUNT_ADAPTER", "tests.signin.broken.NoSecondFactor"), "password_alone"),
    Plant("a way to authenticate was added that asks for no second factor",
          lambda house: house.setting("AUTHENTICATION_BACKENDS", ["django.contrib.auth.backends.ModelBackend"]),
          "password_alone"),
    Plant("an administrator's session was opened by password alone", session_without, "went_without"),
    Plant("a reviewer was made administrator by hand, with a session open", bob_was_one, "went_without"),
]  # fmt: skip


class Undone(Exception):
    """Rolls the planted rows back."""


@pytest.mark.parametrize("plant", PLANTS, ids=str)
def test_a_fault_is_seen(house: House, plant: Plant) -> None:
    """Unknown for want of a probe, planted, not met, undone, Unknown for that alone again."""
    seen: Any = None
    assert house.cell(DUTY).code == "no_outside_probe"
    with pytest.raises(Undone), transaction.atomic():
        plant.do(house)
        seen = house.cell(DUTY)
        raise Undone
    while house.undo:
        house.undo.pop()()
    assert (seen.verdict, seen.code) == ("not_met", plant.code)
    assert house.cell(DUTY).code == "no_outside_probe"
