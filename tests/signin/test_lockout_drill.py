"""The lock-out drill over the wire: it passes on the real mechanism and fails each time the mechanism is broken."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db.models.signals import post_save
from django.utils import timezone

from fanghu.accounts.models import Account
from fanghu.signin.canary import canary_password, clean_up
from fanghu.signin.drills.lockout import SYSTEM_ONE, lockout
from fanghu.signin.models import FailureCount, LedgerSession, Lock
from fanghu.testimony import DrillResult, DrillRun

RUN = "0123456789abcdef0123456789abcdef"


@pytest.fixture
def plain_http(settings: Any) -> None:
    """The test server speaks plain HTTP, where __Host- and Secure cookies would not travel."""
    settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = False
    settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME = "session", "csrf"


@pytest.fixture
def run(live_server: Any, plain_http: None) -> Iterator[DrillRun]:
    """A run against the live server; afterwards nothing of it may be left."""
    started = DrillRun(RUN, "6.5", SYSTEM_ONE, live_server.url, lambda: datetime.now(UTC))
    yield started
    assert list(clean_up(RUN)) == []
    assert not Account.objects.filter(canary_run=RUN).exists()
    assert not Lock.objects.filter(canary_run=RUN).exists()
    assert not FailureCount.objects.filter(canary_run=RUN).exists()
    assert not LedgerSession.objects.exists()


def to_the_end(run: DrillRun) -> DrillResult | None:
    """Go on after the first step as the keeper would, the clock's wait shown by moving the lock instead."""
    result = lockout(run)
    if result is not None:
        return result
    assert run.resume_at is not None
    assert timedelta(minutes=14) < run.resume_at - datetime.now(UTC) < timedelta(minutes=15)
    result = lockout(run)
    if result is not None:
        return result
    Lock.objects.filter(ended_at=None, until__lt=timezone.now() + timedelta(minutes=20)).update(until=timezone.now())
    return lockout(run)


def test_it_passes_on_the_real_mechanism(run: DrillRun) -> None:
    """Three wrong, refused at once, refused just before the end, accepted after it: six steps, all as expected."""
    assert to_the_end(run) == "passed"
    assert [step.seen for step in run.steps] == ["refused"] * 5 + ["accepted"]
    assert run.memory["login_id"].startswith("canary")
    assert canary_password(RUN) not in str(run.memory)


def test_a_keeper_that_comes_too_late_proves_nothing(run: DrillRun) -> None:
    """Past the earliest end of the lock an accepted password says nothing of the lock: not reached, never failed."""
    assert lockout(run) is None
    Lock.objects.filter(ended_at=None).update(until=timezone.now())
    run.memory["may_end"] = datetime.now(UTC).isoformat()
    assert lockout(run) == "not_reached"
    assert not run.steps[-1].ok


def locks_of(length: timedelta) -> Any:
    """Break the mechanism as an administrator might: every new lock gets another length in the database."""

    def altered(instance: Lock, created: bool, **_signal: Any) -> None:
        if created:
            Lock.objects.filter(pk=instance.pk).update(until=instance.from_at + length)

    return altered


def test_it_fails_when_locks_do_not_last(run: DrillRun) -> None:
    """A lock that ends at once lets the right password in right after the third failure."""
    shorten = locks_of(timedelta(milliseconds=1))
    post_save.connect(shorten, sender=Lock)
    try:
        assert to_the_end(run) == "failed"
    finally:
        post_save.disconnect(shorten, sender=Lock)
    assert run.steps[-1].name == "right password at once after the last failure"


def test_it_fails_when_somebody_lifts_the_lock_early(run: DrillRun) -> None:
    """A lock removed before its end is found by the step just before the end."""
    assert lockout(run) is None
    Lock.objects.all().delete()
    FailureCount.objects.all().delete()
    assert lockout(run) == "failed"
    assert run.steps[-1].name == "right password just before the lock ends"


def test_it_fails_when_the_lock_never_ends(run: DrillRun) -> None:
    """A lock that outlives its time shuts the holder out; that is not the duty either."""
    lengthen = locks_of(timedelta(days=1))
    post_save.connect(lengthen, sender=Lock)
    try:
        assert to_the_end(run) == "failed"
    finally:
        post_save.disconnect(lengthen, sender=Lock)
    assert run.steps[-1].seen == "refused"


def test_nobody_answering_is_not_a_pass(db: None) -> None:
    """Against a port where nothing listens the drill is not reached."""
    run = DrillRun(RUN, "6.5", SYSTEM_ONE, "http://127.0.0.1:9", lambda: datetime.now(UTC))
    assert lockout(run) == "not_reached"
    assert list(clean_up(RUN)) == []
