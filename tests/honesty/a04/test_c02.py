"""4.2: a catalogue nobody approved, a chosen kind that nothing records, a way in by which nothing comes through."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest

from fanghu.auditlog.catalogue import KINDS
from fanghu.events.doer import KEEPER
from fanghu.intake import actions
from fanghu.intake.canaries.preparing import expected_ways
from fanghu.intake.canaries.tracing import digest, record_at
from fanghu.intake.models import CanaryTrace
from fanghu.keys.locations import LogPlaces
from tests.auditlog.taken_in import take_in
from tests.honesty.a04.conftest import later
from tests.honesty.planting import House, Plant, tried

DUTY = "4.2"


@pytest.fixture
def house(house: House) -> House:
    """The same with a source that sends over HTTPS, and canaries that came through an hour ago at most."""
    take_in(house.home, 3, start=house.now)
    actions.declare(
        "gate",
        {"system": "fanghu", "format": "plain", "ways": ["http", "otlp"], "every_seconds": 3_600},
        by=KEEPER,
        now=house.now,
    )
    for way in expected_ways()[""]:
        CanaryTrace.objects.create(way=way, sent_at=house.now, came_at=house.now, entry=2, digest=digest(record_at(2)))
    return house


def written_over(house: House) -> None:
    """The bytes of the canary's entry, on the disk."""
    tail: Path = LogPlaces(house.home, "intake").folder / "frames" / "tail"
    before = tail.read_bytes()
    assert b"line 2:" in before
    house.file(tail, before.replace(b"line 2:", b"line 9:"))


def moved_on(house: House) -> None:
    """Four hours without a canary, and traces that say otherwise."""
    house.now += timedelta(hours=4)
    house.by_hand("UPDATE intake_canarytrace SET came_at = %s", house.now)


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
    Plant(
        "a canary sent over HTTPS was not found in the log",
        lambda house: house.by_hand("UPDATE intake_canarytrace SET lost_at = sent_at WHERE way = 'https'"),
        "way_lost",
    ),
    Plant("the record of the last canary is altered on the disk", written_over, "way_lost"),
    Plant(
        "the trace names an entry that is not the canary's",
        lambda house: house.by_hand("UPDATE intake_canarytrace SET entry = 1 WHERE way = 'https'"),
        "way_lost",
    ),
    Plant(
        "a source is let in by a way that no canary was ever sent by",
        lambda house: house.by_hand('UPDATE intake_source SET ways = \'["http", "otlp", "syslog"]\''),
        "not_traced",
    ),
    Plant(
        "canaries were sent by one of the ways, and never one came",
        lambda house: house.by_hand("UPDATE intake_canarytrace SET came_at = NULL WHERE way = 'otlp'"),
        "not_traced",
    ),
    Plant(
        "the time of the last canary is moved on by hand, though none was sent",
        moved_on,
        "way_lost",
    ),
    Plant("no canary was sent for four hours", later(1 / 6), "traced_long_ago"),
]
test_a_fault_is_seen = tried(DUTY, PLANTS)
