"""4.3: deeds hidden, reviews faked, days left out, a reader that stopped, an administrator whose deeds are not recorded."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from fanghu.auditlog.actions import deliver, open_log, places
from fanghu.events.actions import record
from fanghu.register.actions import register_system_one
from fanghu.reviews.actions import note_finding, sign_day, sign_empty
from fanghu.reviews.gathering import gather
from fanghu.reviews.standing import days_of, sources_here
from tests.honesty.a04.conftest import doer, later, with_log
from tests.honesty.planting import House, Plant, tried

DUTY = "4.3"
DAYS = 5


def deed(house: House, at: datetime, type_: str = "person.changed") -> None:
    with transaction.atomic():
        record(type_, by=doer(house.people["alice"]), now=at, object_="person:x")
    deliver(timezone.now())
    gather(timezone.now())


@pytest.fixture
def house(cast: dict[str, Any], settings: Any, tmp_path: Path) -> House:
    """Five days of alice at work on the first, all of them signed by bob."""
    settings.HOME = tmp_path
    tmp_path.chmod(0o700)
    begin = datetime.combine(timezone.localdate() - timedelta(days=DAYS), time(4), UTC)
    places().index.parent.mkdir()
    open_log(begin)
    register_system_one(begin)
    made = House(settings, tmp_path, cast)
    with transaction.atomic():
        record("person.added", by=doer(cast["alice"]), now=begin)
    deliver(begin)
    gather(made.now)
    sign_all(made)
    return made


def sign_all(house: House) -> None:
    bob = doer(house.people["bob"])
    days = [day for day in days_of(sources_here(), house.now)["fanghu"] if day.waits]
    for day in days:
        if day.records:
            sign_day("fanghu", day.day, day.content_hash, by=bob, now=house.now)
    empty = [("fanghu", day.day) for day in days if not day.records]
    if empty:
        sign_empty(empty, by=bob, now=house.now)
    deliver(house.now)
    gather(house.now)


def long_ago(house: House) -> None:
    """A finding noted three weeks before."""
    note_finding("fanghu", timezone.localdate() - timedelta(days=2), "odd", by=doer(house.people["bob"]), now=house.now)
    house.by_hand("UPDATE reviews_finding SET noted_at = %s", house.now - timedelta(days=21))


def came_later(house: House) -> None:
    """A record that is said to have come a week ago was added to a signed day."""
    deed(house, house.now - timedelta(days=3))
    house.now += timedelta(days=5)
    gather(house.now)
    empty = [("fanghu", day.day) for day in days_of(sources_here(), house.now)["fanghu"] if day.state == "open"]
    sign_empty(empty, by=doer(house.people["bob"]), now=house.now)


def unreviewed(house: House) -> None:
    """A week goes by; the keeper reads on, no person does."""
    house.now += timedelta(days=7)
    gather(house.now)


def unrecorded(house: House) -> None:
    """An administrator uses the system, and no event says so."""
    from tests.cast import add_account

    mallory = add_account("mallory", "administrator", factor=False)
    mallory.last_used_at = house.now - timedelta(hours=2)
    mallory.save(update_fields=["last_used_at"])


PLANTS = [
    Plant(
        "the sign-off of a day is deleted by hand",
        lambda house: house.by_hand(
            "DELETE FROM reviews_dayreview WHERE day = (SELECT min(day) FROM reviews_dayreview)"
        ),
        "missed",
    ),
    Plant(
        "a day is signed off by hand in the name of the administrator who worked on it",
        lambda house: house.by_hand(
            "UPDATE reviews_dayreview SET signed_by_person_id = %s WHERE records > 0",
            house.people["alice"].person_id.hex if sqlite() else house.people["alice"].person_id,
        ),
        "own_deeds",
    ),
    Plant(
        "what was signed is rewritten by hand",
        lambda house: house.by_hand("UPDATE reviews_dayreview SET content_hash = %s WHERE records > 0", "00" * 32),
        "added_late",
    ),
    Plant(
        "an administrator's day is emptied by hand",
        lambda house: house.by_hand("DELETE FROM reviews_sourceday"),
        "altered",
    ),
    Plant(
        "the count of a day's deeds is lowered by hand",
        lambda house: house.by_hand("UPDATE reviews_sourceday SET records = 0"),
        "altered",
    ),
    Plant(
        "the log is said to be read further than it is",
        lambda house: house.by_hand("UPDATE reviews_logreading SET position = position + 5"),
        "altered",
    ),
    Plant("records came to a signed day, and nobody looked at them", with_log(came_later), "added_late"),
    Plant("nobody reviews for a week", unreviewed, "missed"),
    Plant("nothing reads the log for administrators' deeds any more", later(1.5), "not_lately"),
    Plant("an administrator's deeds are not recorded", unrecorded, "not_recorded"),
    Plant("a finding is left for three weeks", long_ago, "findings_left"),
]
test_a_fault_is_seen = tried(DUTY, PLANTS)


def sqlite() -> bool:
    from django.db import connection

    return connection.vendor == "sqlite"
