"""System one under conditions of use that erin asked for and bob approved an hour ago, with bob at work in it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from fanghu.access.conditions import KEY, SHIPPED
from fanghu.access.jobs import SWEEP
from fanghu.approvals.actions import decide
from fanghu.events.doer import Doer
from fanghu.jobs.models import ScheduledJob
from fanghu.register.defining import ask_to_define
from tests.cast import sit_down
from tests.honesty.planting import ONE, House


@pytest.fixture
def house(house: House) -> House:
    """Conditions in force, a session inside them, the sweeper at work."""

    def doer(account: Any) -> Doer:
        return Doer("console", account=str(account.pk), person=str(account.person_id), place="127.0.0.1")

    erin, bob, before = house.people["erin"], house.people["bob"], house.now - timedelta(hours=1)
    value = {**SHIPPED, "sources": ["127.0.0.0/8"]}
    asked = ask_to_define(KEY, ONE, value, "as agreed", by=doer(erin), now=before)
    decide(asked.pk, True, "", by=doer(bob), now=before)
    sit_down(bob)
    ScheduledJob.objects.create(name=SWEEP, next_at=house.now, held_until=house.now, last_ok_at=house.now)
    return house
