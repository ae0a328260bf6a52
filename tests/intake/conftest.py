"""A trading system whose logs are expected here, and an intake that says what a test wants."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from fanghu.events.doer import KEEPER, Doer
from fanghu.intake import actions
from fanghu.intake.models import Source
from fanghu.intake.plan import Seen, State, state_place, write
from fanghu.register.actions import register_system, register_system_one

NOW = datetime(2026, 11, 22, 4, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
Says = Callable[..., State]


def doer(account: Any) -> Doer:
    return Doer("console", account=str(account.pk), person=str(account.person_id))


def values(**more: Any) -> dict[str, Any]:
    """A source that sends over HTTP and syslog, once an hour at least."""
    given = {
        "system": "orders", "format": "openssh", "zone": "Asia/Taipei", "ways": ["http", "syslog"],
        "addresses": ["192.0.2.7"], "every_seconds": 3_600,
    }  # fmt: skip
    return {**given, **more}


def declared(name: str = "orders-ssh", at: datetime = NOW, run: str = "", **more: Any) -> Source:
    return actions.declare(name, values(**more), by=KEEPER, now=at, run=run)


@pytest.fixture
def house(cast: dict[str, Any], settings: Any, tmp_path: Path) -> dict[str, Any]:
    """System one, a trading system, a data folder of the test's own."""
    settings.HOME = tmp_path
    register_system_one(NOW)
    register_system({"slug": "orders", "name": "Orders", "kind": "trading"}, by=KEEPER, now=NOW)
    return cast


@pytest.fixture
def says(house: dict[str, Any], tmp_path: Path) -> Says:
    """``says(at, since=…, trouble=…, orders=Seen(…))``: the intake's own word, as its processes write it each second."""

    def write_state(at: datetime, *, since: datetime = NOW - DAY, trouble: str = "", **sources: Seen) -> State:
        named = {name.replace("_", "-"): seen for name, seen in sources.items()}
        state = State(at=at.isoformat(), since=since.isoformat(), trouble=trouble, sources=named)
        write(state_place(tmp_path), state)
        return state

    return write_state
