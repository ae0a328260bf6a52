"""4.4: a period nobody approved, reviews that stopped, were deleted, or leave days out."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from fanghu.reviews.actions import sign_period
from fanghu.reviews.standing import taipei_date
from tests.honesty.a04.conftest import doer, later
from tests.honesty.planting import House, Plant, tried

DUTY = "4.4"


@pytest.fixture
def house(house: Any) -> House:
    """The guided first run's house, its logs reviewed yesterday and a month before."""
    made: House = house
    today, bob = taipei_date(made.now), doer(made.people["bob"])
    for since, until, ago in ((62, 31, 31), (30, 1, 1)):
        sign_period(
            ["fanghu"], today - timedelta(days=since), today - timedelta(days=until), "failed sign-ins", by=bob,
            now=made.now - timedelta(days=ago),
        )  # fmt: skip
    return made


PLANTS = [
    Plant(
        "the approved period is deleted by hand",
        lambda house: house.by_hand("DELETE FROM register_definedvalue WHERE key = 'log-review'"),
        "undefined_yet",
    ),
    Plant("nobody reviews for six weeks", later(42), "overdue"),
    Plant(
        "the sign-offs are deleted by hand", lambda house: house.by_hand("DELETE FROM reviews_periodreview"), "none_yet"
    ),
    Plant(
        "a review's period is moved by hand",
        lambda house: house.by_hand(
            "UPDATE reviews_periodreview SET until = since WHERE signed_at = (SELECT min(signed_at) FROM reviews_periodreview)"
        ),
        "left_out",
    ),
]
test_a_fault_is_seen = tried(DUTY, PLANTS)
