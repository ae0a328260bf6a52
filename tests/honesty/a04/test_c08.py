"""4.8: a clock that runs ahead, and one that runs behind."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction

from fanghu.auditlog.actions import seal_now
from fanghu.events.actions import record
from fanghu.events.doer import KEEPER
from tests.honesty.a04.conftest import with_log
from tests.honesty.planting import House, Plant, tried

DUTY = "4.8"


def ahead(house: House) -> None:
    with transaction.atomic():
        record("door.opened", by=KEEPER, now=house.now + timedelta(hours=2))
    seal_now(wait=True)


def behind(house: House) -> None:
    with transaction.atomic():
        for _number in range(100):
            record("door.opened", by=KEEPER, now=house.now - timedelta(minutes=5))
    seal_now(wait=True)


PLANTS = [
    Plant("an event claims a time two hours after it came in", with_log(ahead), "ahead"),
    Plant("events come in five minutes after the time they claim", with_log(behind), "behind"),
]
test_a_fault_is_seen = tried(DUTY, PLANTS)
