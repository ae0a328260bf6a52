"""3.4: conditions that nobody approved, altered ones, and gaps in them are seen."""

from __future__ import annotations

import json
from typing import Any

from django.db import connection

from fanghu.access.conditions import SHIPPED
from fanghu.approvals.approvable import hash_of
from tests.honesty.planting import House, Plant, tried

DUTY = "3.4"
ROW = "UPDATE register_definedvalue SET "
APPROVAL = "UPDATE approvals_approval SET "
NEXT = (
    "INSERT INTO register_definedvalue (key, subject, value, version, approval_id, approved_at, effective_from) "
    "SELECT key, subject, value, 2, approval_id, approved_at, effective_from FROM register_definedvalue"
)


def widen(house: House) -> None:
    house.by_hand(ROW + "value = %s", json.dumps({**SHIPPED, "idle_minutes": 720}))


def insert(house: House) -> None:
    house.by_hand(NEXT)
    house.by_hand(ROW + "value = %s WHERE version = 2", json.dumps({**SHIPPED, "longest_hours": 24}))


def forget_a_kind(house: House) -> None:
    """Taken out of the value and of what was approved alike, its hash made to fit."""
    payload = without_hours(house)
    house.by_hand(APPROVAL + "content_hash = %s", hash_of(payload["definitions"]))


def without_hours(house: House) -> Any:
    """Taken out of the value and of what was approved."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT payload FROM approvals_approval")
        payload = json.loads(cursor.fetchone()[0])
    value = payload["definitions"][0]["value"]
    del value["hours"]
    house.by_hand(ROW + "value = %s", json.dumps(value))
    house.by_hand(APPROVAL + "payload = %s", json.dumps(payload))
    return payload


PLANTS = [
    Plant("the value in force is widened by hand", widen, "altered"),
    Plant("a version is written by hand beside the approved one", insert, "altered"),
    Plant("a kind is taken out of value and approval", without_hours, "altered"),
    Plant("a kind is taken out of value and approval, the hash made to fit", forget_a_kind, "kinds_missing"),
    Plant(
        "the asker is made the one who approved",
        lambda house: house.by_hand(APPROVAL + "decided_by_person_id = asked_by_person_id"),
        "not_approved",
    ),
    Plant(
        "the approval is turned into a refusal",
        lambda house: house.by_hand(APPROVAL + "state = 'refused'"),
        "not_approved",
    ),
    Plant("the definition is deleted", lambda house: house.by_hand("DELETE FROM register_definedvalue"), "undefined"),
]
test_a_fault_is_seen = tried(DUTY, PLANTS)
