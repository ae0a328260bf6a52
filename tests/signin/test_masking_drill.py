"""The drill of masking over the wire (6.10): it passes on the real mechanism and finds whatever tells ids apart."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from fanghu.accounts.reading import account_by_login
from fanghu.signin import adapter, attempts, canary
from fanghu.signin.drills import masking
from fanghu.signin.models import FailureCount, Lock, SourceCount
from fanghu.testimony import DrillRun

RUN = "2123456789abcdef0123456789abcdef"


@pytest.fixture
def plain_http(settings: Any) -> None:
    """The test server speaks plain HTTP, where __Host- and Secure cookies would not travel."""
    settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = False
    settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME = "session", "csrf"


@pytest.fixture
def run(live_server: Any, plain_http: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[DrillRun]:
    """A run against the live server, shortened to two pairs; afterwards nothing of it may be left."""
    monkeypatch.setattr(masking, "PAIRS", 2)
    monkeypatch.setattr(masking, "AT_ONCE", 1)  # the test server's threads share one database connection
    started = DrillRun(RUN, "6.10", canary.SYSTEM_ONE, live_server.url, lambda: datetime.now(UTC))
    yield started
    assert list(canary.clean_up(RUN)) == []
    assert [rows.count() for rows in (FailureCount.objects, Lock.objects, SourceCount.objects)] == [0] * 3


def failed(run: DrillRun) -> list[str]:
    """The first words of the steps that did not hold."""
    return [step.name.split(" ")[0] for step in run.steps if not step.ok]


def test_it_passes_on_the_real_mechanism(run: DrillRun, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.FANGHU_SIGNIN_DEADLINE = 0.6
    monkeypatch.setattr(masking, "TOLERANCE", timedelta(milliseconds=60))  # visitor and server share one interpreter
    assert masking.masking(run) == "passed", [(step.name, step.seen, step.params) for step in run.steps]
    assert len(run.steps) == 4


def test_it_finds_answers_that_leave_when_ready(run: DrillRun, settings: Any) -> None:
    settings.FANGHU_SIGNIN_DEADLINE = 0
    assert masking.masking(run) == "failed"
    assert "fastest" in failed(run)


def test_it_finds_words_that_tell_who_exists(run: DrillRun, monkeypatch: pytest.MonkeyPatch) -> None:
    class Telling:
        """A sentence about the account."""

        def __str__(self) -> str:
            return "Wrong password." if self.exists else "Who is that?"

        exists = False

    telling = Telling()
    real = attempts.account_by_login

    def looked_up(login_id: str) -> Any:
        found = real(login_id)
        telling.exists = found is not None
        return found

    monkeypatch.setattr(attempts, "account_by_login", looked_up)
    monkeypatch.setattr(adapter, "WRONG", telling)
    assert masking.masking(run) == "failed"
    assert failed(run)[0] == "wording"


def test_it_finds_locks_for_existing_ids_only(run: DrillRun, monkeypatch: pytest.MonkeyPatch) -> None:
    from django.db.models.signals import post_save

    def only_known(instance: Lock, created: bool, **_signal: Any) -> None:
        if created and instance.account_id is None:
            Lock.objects.filter(pk=instance.pk).delete()

    post_save.connect(only_known, sender=Lock)
    try:
        assert masking.masking(run) == "failed"
    finally:
        post_save.disconnect(only_known, sender=Lock)
    assert failed(run)[0] == "wording"
    assert account_by_login("nobody-mask-0") is None


def test_it_finds_a_password_shown(run: DrillRun, monkeypatch: pytest.MonkeyPatch) -> None:
    from django.forms import TextInput

    from fanghu.signin.forms import SignInForm

    monkeypatch.setattr(SignInForm.base_fields["password"], "widget", TextInput())
    assert masking.masking(run) == "failed"
    assert "the" in failed(run)


def test_nobody_answering_is_not_a_pass(db: None) -> None:
    run = DrillRun(RUN, "6.10", canary.SYSTEM_ONE, "http://127.0.0.1:9", lambda: datetime.now(UTC))
    assert masking.masking(run) == "not_reached"
    assert list(canary.clean_up(RUN)) == []
