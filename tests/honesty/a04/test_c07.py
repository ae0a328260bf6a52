"""4.7: a watch that stopped, a failure without its alarm, an alarm that reaches nobody or that nobody answers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from fanghu.alarms.actions import end_alarm, raise_alarm
from fanghu.alarms.telling import tell_due
from fanghu.auditlog.actions import seal_now
from fanghu.events.actions import record
from fanghu.events.doer import KEEPER
from fanghu.intake.watching import watch
from fanghu.register.actions import register_system_one
from tests.honesty.a04.conftest import later
from tests.honesty.planting import House, Plant, tried

DUTY = "4.7"
PARAMS: dict[str, str | int] = {"free": 1, "floor": 512}


@pytest.fixture
def house(cast: dict[str, Any], settings: Any, tmp_path: Path) -> House:
    """System one, its log begun and watched, a mail server set and the officer's address known."""
    settings.HOME, settings.EMAIL_HOST = tmp_path, "mail.firm.example"
    person = cast["erin"].person
    person.email = "erin@firm.example"
    person.save()
    register_system_one(timezone.now())
    seal_now(wait=True)
    watch(timezone.now())
    return House(settings, tmp_path, cast)


def raised(house: House, ago: timedelta, *, told: bool = True) -> None:
    """An alarm of some time ago."""
    at = house.now - ago
    raise_alarm("disk.low", "disk", PARAMS, subject="system:fanghu", by=KEEPER, now=at)
    if told:
        tell_due(at)


def over(house: House) -> None:
    """A failure that ended eight days ago, about which nobody said anything since they acted."""
    raised(house, timedelta(days=9))
    house.by_hand("UPDATE alarms_alarm SET acted_at = raised_at")
    end_alarm("disk.low", "disk", by=KEEPER, now=house.now - timedelta(days=8))


def failed(house: House) -> None:
    """Events wait outside the log, and the watch sees it."""
    record("door.opened", by=KEEPER, now=house.now - timedelta(minutes=2))
    watch(house.now)
    tell_due(house.now)


def without_alarm(statement: str) -> Callable[[House], None]:
    """A failure whose alarm somebody with the database file has put away."""

    def plant(house: House) -> None:
        failed(house)
        house.by_hand("DELETE FROM alarms_telling")
        house.by_hand(statement)

    return plant


PLANTS = [
    Plant("nothing watches any more", later(1 / 144), "not_watching"),
    Plant(
        "a failure's alarm is deleted by hand", without_alarm("DELETE FROM alarms_alarm"), "no_alarm"
    ),
    Plant(
        "a failure's gap is cut from its alarm by hand",
        without_alarm("UPDATE intake_sourcegap SET alarm_id = NULL"),
        "no_alarm",
    ),
    Plant("an alarm goes without any action for a day", lambda house: raised(house, timedelta(hours=25)), "unanswered"),
    Plant("a failure is over and nobody closes it", over, "unclosed"),
    Plant(
        "alarms are raised and not delivered", lambda house: raised(house, timedelta(minutes=20), told=False), "untold"
    ),
    Plant("the mail server is taken out of the settings", lambda house: house.setting("EMAIL_HOST", ""), "no_way"),
]  # fmt: skip
test_a_fault_is_seen = tried(DUTY, PLANTS)
