"""4.1: a retention nobody approved or cut short by hand, and records that went."""

from __future__ import annotations

from fanghu.auditlog.actions import places
from tests.honesty.planting import House, Plant, tried

DUTY = "4.1"
CUT = "UPDATE register_definedvalue SET value = %s WHERE key = 'log-retention'"
PLANTS = [
    Plant(
        "the approved retention is deleted by hand",
        lambda house: house.by_hand("DELETE FROM register_definedvalue WHERE key = 'log-retention'"),
        "undefined",
    ),
    Plant(
        "the retention is cut to a year by hand",
        lambda house: house.by_hand(CUT, '{"cycle": "daily", "kept_days": 365}'),
        "too_short",
    ),
    Plant("the newest records are deleted from the disk", lambda house: _lose(house, "frames/tail"), "missing"),
    Plant("the log's checkpoint is deleted", lambda house: _lose(house, "checkpoint"), "missing"),
]
test_a_fault_is_seen = tried(DUTY, PLANTS)


def _lose(house: House, name: str) -> None:
    house.file(places().folder / name, None)
