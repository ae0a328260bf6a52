"""3.5b: a sweeper that has stopped, and sessions that outlive their end, are seen."""

from __future__ import annotations

import json
from datetime import timedelta

from fanghu.access.conditions import KEY, SHIPPED
from fanghu.approvals.approvable import hash_of
from tests.honesty.planting import ONE, House, Plant, tried

DUTY = "3.5b"
ROW = "UPDATE signin_ledgersession SET "
VALUE = "UPDATE register_definedvalue SET "
NEXT = (
    "INSERT INTO register_definedvalue (key, subject, value, version, approval_id, approved_at, effective_from) "
    "SELECT key, subject, value, 2, approval_id, approved_at, effective_from FROM register_definedvalue"
)


def set_ahead(house: House) -> None:
    house.now += timedelta(minutes=10)


def no_end(house: House) -> None:
    """A next version by hand, and the approval's own words altered to fit it."""
    value = {**SHIPPED, "idle_minutes": "no-limit", "longest_hours": "no-limit"}
    item = {"key": KEY, "subject": str(ONE), "before": None, "value": value}
    house.by_hand(
        "UPDATE approvals_approval SET payload = %s, content_hash = %s",
        json.dumps({"definitions": [item]}), hash_of([item]),
    )  # fmt: skip
    house.by_hand(NEXT)
    house.by_hand(VALUE + "value = %s WHERE version = 2", json.dumps(value))


PLANTS = [
    Plant(
        "the sweeper has not run for ten minutes",
        lambda house: house.by_hand(
            "UPDATE jobs_scheduledjob SET last_ok_at = %s WHERE name = 'access.sweeps'",
            house.now - timedelta(minutes=10),
        ),
        "not_swept",
    ),
    Plant("the keeper stopped and the clock went on", set_ahead, "not_swept"),
    Plant(
        "the sweeper's row is deleted",
        lambda house: house.by_hand("DELETE FROM jobs_scheduledjob WHERE name = 'access.sweeps'"),
        "never_swept",
    ),
    Plant(
        "a session is left open long after its idle time",
        lambda house: house.by_hand(ROW + "seen_at = %s", house.now - timedelta(minutes=40)),
        "overdue",
    ),
    Plant("a version without any end is written by hand, its approval altered to fit", no_end, "endless"),
]
test_a_fault_is_seen = tried(DUTY, PLANTS)
