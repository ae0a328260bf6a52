"""4.2: a catalogue nobody approved, and a chosen kind that nothing records."""

from __future__ import annotations

import json

from fanghu.auditlog.catalogue import KINDS
from tests.honesty.planting import Plant, tried

DUTY = "4.2"
SET = "UPDATE register_definedvalue SET value = %s WHERE key = 'event-catalogue'"
PLANTS = [
    Plant(
        "the approved catalogue is deleted by hand",
        lambda house: house.by_hand("DELETE FROM register_definedvalue WHERE key = 'event-catalogue'"),
        "undefined",
    ),
    Plant("the catalogue is emptied by hand", lambda house: house.by_hand(SET, '{"events": []}'), "undefined"),
    Plant(
        "a kind is chosen that no part of the product records",
        lambda house: house.by_hand(SET, json.dumps({"events": [*KINDS, "door.opened"]})),
        "not_recorded",
    ),
]
test_a_fault_is_seen = tried(DUTY, PLANTS)
