"""A run against the served system, and conditions that a second person has approved."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from pytest_django.live_server_helper import LiveServer

from fanghu.access.conditions import KEY, SHIPPED, SYSTEM_ONE
from fanghu.access.models import RunCondition
from fanghu.accounts.models import Account
from fanghu.approvals.approvable import hash_of
from fanghu.approvals.models import Approval
from fanghu.register.models import DefinedValue
from fanghu.signin.canary import clean_up
from fanghu.signin.models import LedgerSession
from fanghu.testimony import DrillRun

RUN = "0123456789abcdef0123456789abcdef"


@pytest.fixture
def define(cast: dict[str, Any]) -> Callable[..., DefinedValue]:
    """``define(idle_minutes=5)``: system one's next version, asked by erin and approved by bob."""

    def write(**values: Any) -> DefinedValue:
        now = datetime.now(UTC)
        value = {**SHIPPED, **values}
        version = DefinedValue.objects.filter(key=KEY, subject=str(SYSTEM_ONE)).count() + 1
        items = [{"key": KEY, "subject": str(SYSTEM_ONE), "before": None, "value": value}]
        approval = Approval.objects.create(
            kind="definition", subject=str(SYSTEM_ONE), title="x", reason="x", state="approved",
            payload={"definitions": items}, content_hash=hash_of(items),
            asked_by=cast["erin"], asked_by_person=cast["erin"].person, asked_at=now,
            decided_by=cast["bob"], decided_by_person=cast["bob"].person, decided_at=now,
        )  # fmt: skip
        return DefinedValue.objects.create(
            key=KEY, subject=str(SYSTEM_ONE), value=value, version=version, approval=approval,
            approved_at=now, effective_from=now,
        )  # fmt: skip

    return write


@pytest.fixture
def plain_http(settings: Any) -> None:
    """The test server speaks plain HTTP, where __Host- and Secure cookies would not travel."""
    settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = False
    settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME = "session", "csrf"


@pytest.fixture
def served(transactional_db: None, plain_http: None) -> Iterator[Callable[[], DrillRun]]:
    """``served()`` is a run against a server that starts now, with the settings as the test has set them."""
    servers: list[LiveServer] = []

    def start() -> DrillRun:
        servers.append(LiveServer("localhost"))
        return DrillRun(RUN, "3.5a", SYSTEM_ONE, servers[-1].url, lambda: datetime.now(UTC))

    yield start
    for server in servers:
        server.stop()
    assert list(clean_up(RUN)) == []
    assert not Account.objects.filter(canary_run=RUN).exists()
    assert not RunCondition.objects.exists()
    assert not LedgerSession.objects.filter(account__canary_run=RUN).exists()


@pytest.fixture
def run(served: Callable[[], DrillRun]) -> DrillRun:
    """A run against the system as it is; afterwards nothing of it may be left."""
    return served()
