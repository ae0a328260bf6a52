"""Passwords and accounts: strong, in time, not again; ends where they must be (3.2, 6.7)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from fanghu.accounts import rules
from fanghu.accounts.rules import PasswordPolicy, weaknesses

POLICY = PasswordPolicy()
DENIED = frozenset({"password", "qwertyuiop", "iloveyou", "administrator", "123456789012"})
T0 = datetime(2026, 11, 30, 9, 0, tzinfo=UTC)


def faults(password: str) -> list[str]:
    found = weaknesses(password, policy=POLICY, login_id="alice.lin", name="林雅婷 Alice", denied=DENIED)
    return [fault.template for fault in found]


@pytest.mark.parametrize(
    "password", ["Quiet-River-7-Stones", "三條河流經過七座山 Rv7", "zT9!zT9!kQ4#", "a1B2c3D4e5F6g7"]
)
def test_strong(password: str) -> None:
    assert faults(password) == []


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("Short-7-Way", "at least {length}"),
        ("quietriverstones", "at least {classes}"),
        ("Password1234!", "well-known"),
        ("P4ssw0rd!2026", "well-known"),
        ("Administrator#2026", "well-known"),
        ("aaaaaaaaaaaA1", "well-known"),
        ("My-alice.lin-2026", "login id or the name"),
        ("My-Alice-2026-Rv", "login id or the name"),
        ("Rv-2026-林雅婷-ab", "login id or the name"),
        ("Ab1-" * 300, "at most {length}"),
    ],
)
def test_weak_and_why(password: str, why: str) -> None:
    assert any(why in fault for fault in faults(password))


@pytest.mark.parametrize(
    ("set_at", "due"),
    [
        (datetime(2026, 11, 30, 9, tzinfo=UTC), datetime(2027, 2, 28, 9, tzinfo=UTC)),
        (datetime(2026, 1, 31, 9, tzinfo=UTC), datetime(2026, 4, 30, 9, tzinfo=UTC)),
        (datetime(2026, 10, 1, 9, tzinfo=UTC), datetime(2027, 1, 1, 9, tzinfo=UTC)),
    ],
)
def test_three_months_are_months_of_the_calendar(set_at: datetime, due: datetime) -> None:
    assert rules.expires_at(set_at, POLICY) == due
    assert not rules.must_change(flagged=False, set_at=set_at, policy=POLICY, now=due - timedelta(seconds=1))
    assert rules.must_change(flagged=False, set_at=set_at, policy=POLICY, now=due)


def test_a_password_without_a_date_or_given_by_somebody_is_changed() -> None:
    assert rules.must_change(flagged=False, set_at=None, policy=POLICY, now=T0)
    assert rules.must_change(flagged=True, set_at=T0, policy=POLICY, now=T0)


def test_once_a_day_at_most() -> None:
    assert rules.too_young(T0, POLICY, T0 + timedelta(hours=23, minutes=59)) is not None
    assert rules.too_young(T0, POLICY, T0 + timedelta(days=1)) is None


def test_the_present_one_and_the_last_three_are_not_taken_again() -> None:
    past = ["now", "one", "two", "three", "four"]
    for old in past[:4]:
        assert rules.used_before(lambda stored, old=old: stored == old, past, POLICY) is not None
    assert rules.used_before(lambda stored: stored == "four", past, POLICY) is None


@pytest.mark.parametrize("login_id", ["A123456789", "0912345678", "4", "ab", "has space", "a@b.example", "x" * 61])
def test_ids_that_name_a_person_or_no_one_are_refused(login_id: str) -> None:
    assert rules.login_id_faults(rules.fold_login_id(login_id))


def test_ids_people_use() -> None:
    assert rules.login_id_faults("alice.lin-2") == []


@pytest.mark.parametrize("kind", ["temporary", "emergency", "vendor"])
def test_kinds_that_must_end(kind: str) -> None:
    assert rules.end_faults(kind, T0, None)
    assert rules.end_faults(kind, T0, T0)
    assert rules.end_faults(kind, T0, T0 + timedelta(hours=24)) == []


def test_an_emergency_lasts_a_day_at_most() -> None:
    assert rules.end_faults("emergency", T0, T0 + timedelta(hours=25))
    assert rules.end_faults("named", T0, None) == []
