"""4.9: a clock nobody keeps, one that is off, one nobody looks at any more, and a definition that went."""

from __future__ import annotations

from tests.honesty.a04.conftest import later
from tests.honesty.planting import Plant, tried

DUTY = "4.9"
PLANTS = [
    Plant(
        "kernel and daemon have lost synchronisation",
        lambda house: house.by_hand("UPDATE auditlog_clockreading SET synchronised = %s", False),
        "unsynchronised",
    ),
    Plant(
        "the clock is two seconds off",
        lambda house: house.by_hand("UPDATE auditlog_clockreading SET offset_seconds = 2.0"),
        "off",
    ),
    Plant(
        "no reference server answers",
        lambda house: house.by_hand("UPDATE auditlog_clockreading SET offset_seconds = NULL"),
        "not_measured",
    ),
    Plant(
        "the readings are deleted", lambda house: house.by_hand("DELETE FROM auditlog_clockreading"), "no_hosts"
    ),
    Plant("nothing reads the clock for two days", later(2), "too_old"),
    Plant(
        "the definition is deleted by hand",
        lambda house: house.by_hand("DELETE FROM register_definedvalue WHERE key = 'clock-sync'"),
        "undefined_yet",
    ),
]  # fmt: skip
test_a_fault_is_seen = tried(DUTY, PLANTS)
