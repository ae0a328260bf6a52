"""The drill of the second factor over the wire: it fails each time a stage or the memory of used codes is taken away."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.db.models.signals import post_save

from fanghu.signin.canary import clean_up
from fanghu.signin.drills.second_factor import second_factor
from fanghu.signin.models import LedgerSession
from fanghu.testimony import DrillRun, Subject

RUN = "0123456789abcdef0123456789abcdef"
Start = Callable[[], DrillRun]


@pytest.fixture
def start(live_server: Any, settings: Any) -> Iterator[Start]:
    """A run against the live server; afterwards nothing of it may be left."""
    settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = False  # the test server speaks plain HTTP
    settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME = "session", "csrf"
    yield lambda: DrillRun(RUN, "6.2", Subject.system("fanghu"), live_server.url, lambda: datetime.now(UTC))
    assert list(clean_up(RUN)) == []
    assert not LedgerSession.objects.exists()
    assert not Authenticator.objects.exists()


def not_held(run: DrillRun) -> list[str]:
    return [step.name for step in run.steps if not step.ok]


def test_a_password_alone_gets_nowhere(start: Start) -> None:
    run = start()
    assert second_factor(run) == "passed", not_held(run)
    assert [step.params["shut"] for step in run.steps if step.name == "every other page"] == [9, 3, 9, 3, 3]


@pytest.mark.parametrize(
    ("adapter", "step"),
    [
        ("NoFactorStage", "an administrator without a second factor is led to set one up"),
        ("NoSecondFactor", "the right password leads to the second factor"),
    ],
)
def test_a_stage_taken_away_fails_it(start: Start, settings: Any, adapter: str, step: str) -> None:
    settings.ACCOUNT_ADAPTER = f"tests.signin.broken.{adapter}"
    run = start()
    assert second_factor(run) == "failed"
    assert step in not_held(run)
    assert "every other page" in not_held(run)


def test_forgetting_used_codes_fails_it(start: Start) -> None:
    def forgotten(instance: Authenticator, **_signal: Any) -> None:
        data = {name: value for name, value in instance.data.items() if name != "last_step"}
        Authenticator.objects.filter(pk=instance.pk).update(data=data)

    post_save.connect(forgotten, sender=Authenticator)
    try:
        run = start()
        assert second_factor(run) == "failed"
    finally:
        post_save.disconnect(forgotten, sender=Authenticator)
    assert "the same code a second time" in not_held(run)


def test_nobody_answering_is_not_a_pass(db: None) -> None:
    run = DrillRun(RUN, "6.2", Subject.system("fanghu"), "http://127.0.0.1:9", lambda: datetime.now(UTC))
    assert second_factor(run) == "not_reached"
    assert list(clean_up(RUN)) == []
