"""What the lock ledger says of itself, as set and as it worked."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from fanghu.events.doer import KEEPER, Doer
from fanghu.signin.attempts import attempt_password, end_locks
from fanghu.signin.collectors import PROVIDERS, SYSTEM_ONE
from fanghu.signin.facts import Lockout
from fanghu.signin.models import LedgerSession, Lock
from fanghu.testimony import FIRM, Scope
from tests.cast import PASSWORD, sit_down

BY = Doer("console")


def lockout() -> Lockout:
    found = PROVIDERS[Lockout](Scope(datetime.now(UTC), frozenset({SYSTEM_ONE, FIRM})))
    assert set(found) == {SYSTEM_ONE}
    facts = found[SYSTEM_ONE].facts
    assert isinstance(facts, Lockout)
    return facts


def test_before_anything_happened(db: None) -> None:
    assert lockout() == Lockout(3, 15, True, frozenset(), None, 0)


def test_a_lock_that_ran_its_course(cast: dict[str, Any]) -> None:
    start = datetime.now(UTC) - timedelta(hours=1)
    for _number in range(3):
        attempt_password("bob", "wrong", by=BY, now=start)
    assert lockout().shortest_lock is None, "it still stands"
    end_locks(by=KEEPER, now=start + timedelta(minutes=15))
    assert attempt_password("bob", PASSWORD, by=BY, now=start + timedelta(minutes=15)) is not None
    assert (lockout().shortest_lock, lockout().accepted_while_locked) == (15.0, 0)


def test_a_lock_lifted_early_and_a_session_let_in_are_found(cast: dict[str, Any]) -> None:
    now = datetime.now(UTC)
    for _number in range(3):
        attempt_password("bob", "wrong", by=BY, now=now - timedelta(minutes=1))
    sit_down(cast["bob"])
    assert lockout().accepted_while_locked == 1
    Lock.objects.update(ended_at=now, end_reason="by hand")
    assert lockout().shortest_lock is not None
    assert lockout().shortest_lock < 15
    LedgerSession.objects.all().delete()
    assert lockout().accepted_while_locked == 0


def test_a_backend_that_goes_around_the_ledger_is_named(db: None, settings: Any) -> None:
    around = "django.contrib.auth.backends.ModelBackend"
    settings.AUTHENTICATION_BACKENDS = [*settings.AUTHENTICATION_BACKENDS, around]
    assert lockout().exempt == {around}
