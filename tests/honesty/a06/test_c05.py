"""6.5: faults planted in the lock ledger."""

from __future__ import annotations

from datetime import timedelta

from fanghu.signin.models import LedgerSession, Lock
from tests.honesty.planting import House, Plant, tried

DUTY = "6.5"


def short_lock(house: House) -> None:
    begun = house.now - timedelta(hours=1)
    Lock.objects.create(
        id_hash="0" * 64, reason="password", from_at=begun, until=begun + timedelta(minutes=15), failures=3,
        ended_at=begun + timedelta(minutes=15), end_reason="time",
    )  # fmt: skip
    assert house.cell(DUTY).verdict == "met"
    house.by_hand(
        "UPDATE signin_lock SET until = %s, ended_at = %s",
        begun + timedelta(minutes=5), begun + timedelta(minutes=5),
    )  # fmt: skip


def let_in(house: House) -> None:
    bob, begun = house.people["bob"], house.now - timedelta(minutes=5)
    Lock.objects.create(
        id_hash="0" * 64, account=bob, reason="password", from_at=begun, until=begun + timedelta(minutes=15), failures=3
    )
    LedgerSession.objects.create(
        key_hash="1" * 64, account=bob, place="10.0.0.1", started_at=begun + timedelta(minutes=1), seen_at=house.now
    )


def second_way_in(house: House) -> None:
    from django.conf import settings

    house.setting(
        "AUTHENTICATION_BACKENDS", [*settings.AUTHENTICATION_BACKENDS, "django.contrib.auth.backends.ModelBackend"]
    )


PLANTS = [
    Plant("a lock was shortened to five minutes by hand", short_lock),
    Plant("a session was opened while the account was locked", let_in),
    Plant("a second way to authenticate goes around the lock ledger", second_way_in),
]
test_a_fault_is_seen = tried(DUTY, PLANTS)
