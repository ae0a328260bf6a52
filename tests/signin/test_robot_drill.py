"""The robot's drill over the wire (6.8): zero on the real mechanism, and found each time the mechanism is broken."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from fanghu.accounts.models import Account
from fanghu.signin import canary, challenge, counts, my_account
from fanghu.signin.drills import robot
from fanghu.signin.models import FailureCount, LedgerSession, SourceCount, SpentProof
from fanghu.testimony import DrillRun

RUN = "1123456789abcdef0123456789abcdef"


@pytest.fixture
def plain_http(settings: Any) -> None:
    """The test server speaks plain HTTP, where __Host- and Secure cookies would not travel."""
    settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = False
    settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME = "session", "csrf"


@pytest.fixture
def run(live_server: Any, plain_http: None) -> Iterator[DrillRun]:
    """A run against the live server; afterwards nothing of it may be left."""
    started = DrillRun(RUN, "6.8a", canary.SYSTEM_ONE, live_server.url, lambda: datetime.now(UTC))
    yield started
    assert list(canary.clean_up(RUN)) == []
    left = (Account.objects.filter(canary_run=RUN), FailureCount.objects, LedgerSession.objects, SourceCount.objects)
    assert [rows.count() for rows in left] == [0] * 4
    assert not SpentProof.objects.exclude(id_hash="").exists()


def failed(run: DrillRun) -> list[str]:
    """The steps that did not hold."""
    return [step.name for step in run.steps if not step.ok]


def test_its_success_is_zero_on_the_real_mechanism(run: DrillRun) -> None:
    assert robot.robot(run) == "passed", run.steps
    counts = [step.params for step in run.steps if step.params]
    assert counts == [{"stopped": 4, "all": 4}, {"count": 0}]


def test_it_finds_an_address_that_forgot_the_challenge(run: DrillRun, monkeypatch: pytest.MonkeyPatch) -> None:
    from fanghu.signin.urls import urlpatterns

    page = next(pattern for pattern in urlpatterns if pattern.name == "password_change")
    monkeypatch.setattr(page, "callback", my_account.change)
    assert robot.robot(run) == "failed"
    assert "addresses where the challenge stopped the robot: {stopped} of {all}" in failed(run)
    assert "successes of the robot: {count}" in failed(run)


def test_it_finds_a_sign_in_without_challenge(run: DrillRun, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fanghu.signin.gate.admit", lambda *_args, **_kwargs: None)
    assert robot.robot(run) == "failed"
    assert "successes of the robot: {count}" in failed(run)


def test_it_finds_proofs_taken_twice(run: DrillRun, monkeypatch: pytest.MonkeyPatch) -> None:
    real = counts.spend

    def forgetful(salt: str, purpose: str, id_hash: str, now: datetime) -> bool:
        SpentProof.objects.all().delete()
        return real(salt, purpose, id_hash, now)

    monkeypatch.setattr(counts, "spend", forgetful)
    assert robot.robot(run) == "failed"
    assert "right password with a proof that was used already" in failed(run)


def test_it_finds_proofs_good_for_anything(run: DrillRun, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(challenge, "bound_to", lambda _purpose, _login_id: "-")
    assert robot.robot(run) == "failed"
    assert "right password with a proof for another login id" in failed(run)


def test_where_nobody_is_let_in_nothing_is_proved(run: DrillRun, settings: Any) -> None:
    settings.AUTHENTICATION_BACKENDS = ["django.contrib.auth.backends.BaseBackend"]
    assert robot.robot(run) == "failed"
    assert failed(run)[0] == "right password, challenge answered"


def test_nobody_answering_is_not_a_pass(db: None) -> None:
    run = DrillRun(RUN, "6.8a", canary.SYSTEM_ONE, "http://127.0.0.1:9", lambda: datetime.now(UTC))
    assert robot.robot(run) == "not_reached"
    assert list(canary.clean_up(RUN)) == []
