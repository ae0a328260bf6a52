"""4.5: fields nobody confirmed, a confirmed field nothing records, an event without its place."""

from __future__ import annotations

from dataclasses import replace

from django.db import transaction

from fanghu.auditlog.actions import seal_now
from fanghu.events.actions import record
from fanghu.events.doer import KEEPER
from tests.honesty.a04.conftest import with_log
from tests.honesty.planting import House, Plant, tried

DUTY = "4.5"
SET = "UPDATE register_definedvalue SET value = %s WHERE key = 'log-fields'"


def forget_the_place(house: House) -> None:
    with transaction.atomic():
        record("door.opened", by=replace(KEEPER, place=""), now=house.now)
    seal_now(wait=True)


PLANTS = [
    Plant(
        "the confirmation of the added fields is deleted by hand",
        lambda house: house.by_hand("DELETE FROM register_definedvalue WHERE key = 'log-fields'"),
        "not_confirmed",
    ),
    Plant(
        "a field is confirmed that nothing records",
        lambda house: house.by_hand(SET, '{"fields": ["outcome", "branch"]}'),
        "not_recorded",
    ),
    Plant("a deed records its event without a place", with_log(forget_the_place), "no_place"),
]
test_a_fault_is_seen = tried(DUTY, PLANTS)
