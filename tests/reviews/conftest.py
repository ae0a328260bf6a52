"""A house whose log tells of alice at work, last Thursday on; other systems' records come from the sample."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction

from fanghu.auditlog.actions import deliver, open_log
from fanghu.events.actions import record
from fanghu.events.doer import Doer
from fanghu.register.actions import register_system_one
from fanghu.reviews.gathering import gather

THURSDAY = datetime(2026, 11, 19, 1, 0, tzinfo=UTC)
FRIDAY, SATURDAY, SUNDAY, MONDAY, TUESDAY = (THURSDAY + timedelta(days=number) for number in range(1, 6))

GATE = {
    "slug": "gate", "name": "Gate", "kind": "trading", "is_core": True, "uses_passwords": True,
    "environments": ["production"], "e_trading_channels": [], "serves_outside": False, "internet_facing": False,
    "personal_data": False, "has_customer_accounts": False, "outsourced_development": False,
    "admin_over_internet": False, "remote_access": False, "hosts": ["gate"], "owner": "S-dave",
}  # fmt: skip


def day(moment: datetime) -> date:
    """The Taipei date of one of the mornings above."""
    return (moment + timedelta(hours=8)).date()


def doer(account: Any) -> Doer:
    return Doer("console", account=str(account.pk), person=str(account.person_id), place="127.0.0.1")


class House:
    """Deeds at their times, each sealed at once and read on."""

    def __init__(self, people: dict[str, Any], home: Path) -> None:
        self.people, self.home = people, home

    def by(self, name: str) -> Doer:
        return doer(self.people[name])

    def does(self, name: str, type_: str, at: datetime, *, object_: str = "", sealed: datetime | None = None) -> None:
        with transaction.atomic():
            record(type_, by=self.by(name), now=at, object_=object_)
        deliver(sealed or at)
        gather(sealed or at)


@pytest.fixture
def house(cast: dict[str, Any], settings: Any, tmp_path: Path) -> House:
    """System one since Thursday morning; nothing but its own start is in the log."""
    settings.HOME = tmp_path
    open_log(THURSDAY)
    register_system_one(THURSDAY)
    deliver(THURSDAY)
    gather(THURSDAY)
    return House(cast, tmp_path)


@pytest.fixture
def works() -> Callable[[House, datetime], None]:
    def work(house: House, at: datetime) -> None:
        house.does("alice", "account.created", at, object_="account:x")
        house.does("alice", "account.created", at + timedelta(minutes=3), object_="account:y")
        house.does("alice", "system.changed", at + timedelta(minutes=5), object_="system:z")

    return work
