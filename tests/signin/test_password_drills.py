"""The drills of passwords over the wire: they pass on the real mechanism and fail each time it is weakened."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db.models.signals import post_save

from fanghu.accounts.models import Account
from fanghu.signin.canary import clean_up
from fanghu.signin.drills.default_password import default_password
from fanghu.signin.drills.password_rules import password_rules
from fanghu.signin.models import LedgerSession
from fanghu.testimony import DrillRun, Subject

RUN = "0123456789abcdef0123456789abcdef"
Start = Callable[[str], DrillRun]


@pytest.fixture
def start(live_server: Any, settings: Any) -> Iterator[Start]:
    """A run against the live server; afterwards nothing of it may be left."""
    settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = False  # the test server speaks plain HTTP
    settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME = "session", "csrf"
    yield lambda duty: DrillRun(RUN, duty, Subject.system("fanghu"), live_server.url, lambda: datetime.now(UTC))
    assert list(clean_up(RUN)) == []
    assert not Account.objects.filter(canary_run=RUN).exists()
    assert not LedgerSession.objects.exists()


def not_held(run: DrillRun) -> list[str]:
    return [step.name for step in run.steps if not step.ok]


def test_a_default_password_opens_nothing(start: Start) -> None:
    run = start("6.3")
    assert default_password(run) == "passed", not_held(run)
    shut = [step.params["shut"] for step in run.steps if step.name == "every other page"]
    assert shut == [9, 3]
    assert run.steps[-2].params == {"of": 9, "count": 9}


def test_without_the_stage_the_default_password_gets_in(start: Start, settings: Any) -> None:
    settings.ACCOUNT_ADAPTER = "tests.signin.broken.NoPasswordStage"
    run = start("6.3")
    assert default_password(run) == "failed"
    assert not_held(run) == ["the default password leads to the change page"]


def test_a_flag_cleared_in_the_database_is_noticed(start: Start) -> None:
    def cleared(instance: Account, created: bool, **_signal: Any) -> None:
        if created:
            Account.objects.filter(pk=instance.pk).update(must_change_password=False)

    post_save.connect(cleared, sender=Account)
    try:
        run = start("6.3")
        assert default_password(run) == "failed"
    finally:
        post_save.disconnect(cleared, sender=Account)
    assert "the default password leads to the change page" in not_held(run)


def test_keeping_the_default_password_is_no_change(start: Start, settings: Any) -> None:
    settings.FANGHU_LIMITS = "tests.signin.broken.careless"
    run = start("6.3")
    assert default_password(run) == "failed"
    assert "the same password as the new one" in not_held(run)


def test_the_rules_hold(start: Start) -> None:
    run = start("6.7a")
    assert password_rules(run) == "passed", not_held(run)
    assert [step.seen for step in run.steps].count("refused") == 9


@pytest.mark.parametrize(
    ("weakened", "steps"),
    [
        ("forgetful", ["password {number} generations old"] * 3),
        ("hasty", ["a second change on the same day"]),
        ("short", ["a password one character too short"]),
        ("patient", ["a password {days} days old leads to the change page", "every other page"]),
    ],
)
def test_a_weakened_rule_fails_the_drill(start: Start, settings: Any, weakened: str, steps: list[str]) -> None:
    settings.FANGHU_LIMITS = f"tests.signin.broken.{weakened}"
    run = start("6.7a")
    assert password_rules(run) == "failed"
    assert set(steps) <= set(not_held(run))


@pytest.mark.parametrize("drill", [default_password, password_rules])
def test_nobody_answering_is_not_a_pass(db: None, drill: Callable[[DrillRun], Any]) -> None:
    run = DrillRun(RUN, "6.3", Subject.system("fanghu"), "http://127.0.0.1:9", lambda: datetime.now(UTC))
    assert drill(run) == "not_reached"
    assert list(clean_up(RUN)) == []
