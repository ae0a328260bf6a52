"""The drill of stray sign-ins over the wire: no look, a gate left open or an alarm wiped away each fail it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.db.models.signals import post_save

from fanghu.accounts import strays
from fanghu.accounts.models import Account, StraySignIn
from fanghu.accounts.reading import unsettled_strays
from fanghu.auditlog.actions import deliver, open_log
from fanghu.signin.canary import clean_up
from fanghu.signin.drills.stray_sign_in import stray_sign_in
from fanghu.signin.models import LedgerSession
from fanghu.testimony import DrillRun, Subject

RUN = "0123456789abcdef0123456789abcdef"
Start = Callable[[], DrillRun]


@pytest.fixture
def start(live_server: Any, settings: Any, tmp_path: Path) -> Iterator[Start]:
    """A run against the live server with a log of its own; afterwards nothing of it may be left."""
    settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = False  # the test server speaks plain HTTP
    settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME = "session", "csrf"
    settings.HOME = tmp_path
    open_log(datetime.now(UTC))
    yield lambda: DrillRun(RUN, "6.1", Subject.system("fanghu"), live_server.url, lambda: datetime.now(UTC))
    assert list(clean_up(RUN)) == []
    assert not LedgerSession.objects.exists()
    assert not StraySignIn.objects.exists()


def keeper_looks() -> None:
    """What the keeper does within half a minute: seal, look, and seal what was found."""
    deliver(datetime.now(UTC))
    strays.look(datetime.now(UTC))
    deliver(datetime.now(UTC))


def not_held(run: DrillRun) -> list[str]:
    return [step.name for step in run.steps if not step.ok]


def test_a_lent_account_and_a_bait(start: Start) -> None:
    run = start()
    assert stray_sign_in(run) is None, not_held(run)
    assert run.resume_at is not None
    keeper_looks()
    assert unsettled_strays() == 0, "what a drill plants is not the firm's to settle"
    assert stray_sign_in(run) == "passed", not_held(run)
    assert len(run.steps) == 9


def test_a_log_that_nobody_reads_fails_it(start: Start) -> None:
    run = start()
    assert stray_sign_in(run) is None
    deliver(datetime.now(UTC))
    assert stray_sign_in(run) == "failed"
    assert not_held(run) == ["the sign-in nobody explains", "its alarm in the sealed log"]


def test_an_alarm_wiped_away_fails_it(start: Start) -> None:
    run = start()
    assert stray_sign_in(run) is None
    keeper_looks()
    StraySignIn.objects.all().delete()
    assert stray_sign_in(run) == "failed"
    assert not_held(run) == ["the sign-in nobody explains"]


def test_a_gate_left_open_fails_it(start: Start) -> None:
    def opened(instance: Account, created: bool, **_signal: Any) -> None:
        if created:
            Account.objects.filter(pk=instance.pk).update(valid_until=None, lent=False)

    post_save.connect(opened, sender=Account)
    try:
        run = start()
        with pytest.raises(Exception, match="FH-ACC-20"):
            stray_sign_in(run)
    finally:
        post_save.disconnect(opened, sender=Account)
    assert not_held(run) == ["a lent account that nobody has checked out"]


def test_nobody_answering_is_not_a_pass(db: None) -> None:
    run = DrillRun(RUN, "6.1", Subject.system("fanghu"), "http://127.0.0.1:9", lambda: datetime.now(UTC))
    assert stray_sign_in(run) == "not_reached"
    assert list(clean_up(RUN)) == []
