"""Passwords keep to the numbers the firm has tightened, from the next change on."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from fanghu.accounts import actions, password_changes, passwords
from fanghu.accounts.collectors import PROVIDERS, SYSTEM_ONE
from fanghu.accounts.facts import PasswordPolicyInForce
from fanghu.accounts.limits import in_force
from fanghu.accounts.models import PasswordRecord
from fanghu.accounts.reading import change_due
from fanghu.assurance.actions import tighten
from fanghu.events.doer import KEEPER, Doer
from fanghu.testimony import Scope

NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)


def test_what_the_firm_tightens_the_next_change_is_held_to(cast: dict[str, Any]) -> None:
    bob = cast["bob"]
    by = Doer("console", account=str(bob.pk), person=str(bob.person_id))
    tighten("6.7a", "min_length", 24, by=KEEPER, now=NOW)
    with pytest.raises(actions.Refused, match="24 characters"):
        password_changes.change_password(bob.pk, "Quiet-Lake-9-Pebbles", by=by, now=NOW)
    password_changes.change_password(bob.pk, "Quiet-Lake-9-Pebbles-And-Reeds", by=by, now=NOW)
    assert passwords.policy().min_length == 24
    said = PROVIDERS[PasswordPolicyInForce](Scope(NOW, frozenset({SYSTEM_ONE})))[SYSTEM_ONE].facts
    assert said is not None
    assert said.min_length == 24


def test_a_shorter_life_makes_a_password_due_at_once(cast: dict[str, Any]) -> None:
    now = datetime.now(UTC) + timedelta(days=40)
    assert not change_due(cast["bob"], now)
    tighten("6.7a", "password_max_age_months", 1, by=KEEPER, now=NOW)
    assert change_due(cast["bob"], now)


def test_a_temporary_password_is_as_long_as_asked(db: None) -> None:
    tighten("6.7a", "min_length", 40, by=KEEPER, now=NOW)
    assert len(passwords.temporary()) >= 40


def test_as_many_past_passwords_are_kept_as_are_compared(cast: dict[str, Any]) -> None:
    tighten("6.7a", "password_history", 15, by=KEEPER, now=NOW)
    bob = cast["bob"]
    for number in range(20):
        PasswordRecord.objects.create(account=bob, password="!", set_at=NOW - timedelta(days=100 + number))
    password_changes.change_password(bob.pk, "Quiet-Lake-9-Pebbles", by=KEEPER, now=NOW)
    assert bob.passwords.count() == 16


def test_other_duties_stay_as_the_law_has_them(db: None) -> None:
    tighten("6.7a", "min_length", 24, by=KEEPER, now=NOW)
    assert in_force("6.5")["max_failures"].value == 3
    assert in_force("6.7b")["min_length"].value == 12
