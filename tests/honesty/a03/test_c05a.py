"""3.5a: a decision left out, moved, or gone around is seen."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings

from tests.honesty.planting import House, Plant, tried

DUTY = "3.5a"
DECIDES = "fanghu.access.middleware.ConditionMiddleware"
ROW = "UPDATE signin_ledgersession SET "


def decide_too_late(house: House) -> None:
    """Behind the gate a page is made before anything is decided."""
    house.setting("MIDDLEWARE", [*(name for name in settings.MIDDLEWARE if name != DECIDES), DECIDES])


PLANTS = [
    Plant("the decision on each request is taken out", lambda house: house.without(DECIDES), "not_each_request"),
    Plant("the decision is moved behind the gate", decide_too_late, "not_each_request"),
    Plant(
        "sign-in goes by allauth's own stages",
        lambda house: house.setting("ACCOUNT_ADAPTER", "allauth.account.adapter.DefaultAccountAdapter"),
        "not_at_sign_in",
    ),
    Plant(
        "a session was opened from an address that is not listed",
        lambda house: house.by_hand(ROW + "place = '203.0.113.7'"),
        "used_outside",
    ),
    Plant(
        "a session is used past its longest time",
        lambda house: house.by_hand(ROW + "started_at = %s", house.now - timedelta(hours=13)),
        "used_outside",
    ),
    Plant(
        "an ended session is opened again by hand, hours later",
        lambda house: house.by_hand(
            ROW + "seen_at = %s, started_at = %s, ended_at = NULL",
            house.now - timedelta(hours=3),
            house.now - timedelta(hours=4),
        ),
        "open_outside",
    ),
    Plant(
        "the definition is deleted, so the shipped default stands alone",
        lambda house: house.by_hand("DELETE FROM register_definedvalue"),
        "undefined",
    ),
]
test_a_fault_is_seen = tried(DUTY, PLANTS)
