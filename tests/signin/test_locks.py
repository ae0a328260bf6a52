"""Three failures since the last success lock for fifteen minutes, for known and unknown ids alike (6.5)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from django.db import connection

from fanghu.accounts.actions import disable_account
from fanghu.events.doer import KEEPER, Doer
from fanghu.events.models import OutboxEvent
from fanghu.signin.attempts import attempt_factor, attempt_password, end_locks, hash_of, standing_lock
from fanghu.signin.factor import by_code
from fanghu.signin.models import FailureCount, Lock
from tests.cast import PASSWORD, browser, code_for

T0 = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
BY = Doer("console", place="192.0.2.7")
WRONG = "not-her-Password-1"


def after(minutes: float) -> datetime:
    return T0 + timedelta(minutes=minutes)


def attempt(login_id: str, password: str, minutes: float) -> bool:
    return attempt_password(login_id, password, by=BY, now=after(minutes)) is not None


def told() -> list[dict[str, Any]]:
    """Every event so far."""
    return [msgspec.json.decode(bytes(row.body)) for row in OutboxEvent.objects.order_by("created_at")]


def types() -> list[str]:
    return [event["type"] for event in told()]


def test_the_third_failure_locks_for_fifteen_minutes_and_leaves_a_row(cast: dict[str, Any]) -> None:
    for minute in range(3):
        assert not attempt("bob", WRONG, minute)
    assert not attempt("bob", PASSWORD, 3), "the right password is refused too"
    assert not attempt("bob", PASSWORD, 16.9)
    assert attempt("bob", PASSWORD, 17)
    lock = Lock.objects.get()
    assert (lock.from_at, lock.until, lock.reason, lock.failures) == (after(2), after(17), "password", 3)
    assert types() == ["signin.failed"] * 2 + ["signin.locked"] + ["signin.refused"] * 2 + ["signin.succeeded"]


def test_slow_guessing_is_locked_where_a_sliding_window_forgets(cast: dict[str, Any]) -> None:
    for minutes in (0, 14, 14.5):
        assert not attempt("bob", WRONG, minutes)
    assert not attempt("bob", PASSWORD, 15 + 1 / 60), "a window of 15 minutes would let this fourth try in"
    assert not attempt("bob", PASSWORD, 29.4)
    assert attempt("bob", PASSWORD, 29.5)


def test_days_between_failures_forgive_nothing_and_a_success_all(cast: dict[str, Any]) -> None:
    day = 24 * 60
    assert not attempt("bob", WRONG, 0)
    assert not attempt("bob", WRONG, day)
    assert attempt("bob", PASSWORD, 2 * day)
    assert not attempt("bob", WRONG, 2 * day + 1)
    assert not attempt("bob", WRONG, 3 * day)
    assert standing_lock("bob", after(3 * day)) is None
    assert not attempt("bob", WRONG, 9 * day)
    assert standing_lock("bob", after(9 * day)) is not None


def test_attempts_during_a_lock_neither_count_nor_lengthen_it(cast: dict[str, Any]) -> None:
    for minute in (0, 0.1, 0.2, 1, 5, 10, 15):
        assert not attempt("bob", WRONG, minute)
    assert Lock.objects.count() == 1
    assert not attempt("bob", WRONG, 15.3)
    assert not attempt("bob", WRONG, 15.4)
    assert attempt("bob", PASSWORD, 15.5), "two failures since the lock's end"


def test_an_unknown_id_behaves_as_a_known_one_and_is_never_written_down(cast: dict[str, Any]) -> None:
    for minute in range(4):
        attempt("No.Such-Person", WRONG, minute)
        attempt("bob", WRONG, minute)
    unknown = [event["type"] for event in told() if "login-id-hmac" in event["object"]]
    known = [event["type"] for event in told() if "account:" in event["object"]]
    assert unknown == known == ["signin.failed", "signin.failed", "signin.locked", "signin.refused"]
    assert "such-person" not in str(told()).lower()
    assert Lock.objects.filter(account=None).count() == 1


def test_spelling_an_id_otherwise_is_no_way_around(cast: dict[str, Any]) -> None:
    assert len({hash_of(spelling) for spelling in ("bob", " Bob ", "ＢＯＢ", "BOB")}) == 1
    for minute, spelling in enumerate(("BOB", " bob", "ｂｏｂ")):
        assert not attempt(spelling, WRONG, minute)
    assert not attempt("bob", PASSWORD, 3)


def test_a_wrong_second_factor_counts_and_the_right_password_resets_nothing(cast: dict[str, Any]) -> None:
    now = datetime.now(UTC)
    erin = cast["erin"]
    for second in range(3):
        moment = now + timedelta(seconds=second)
        assert attempt_password("erin", PASSWORD, by=BY, now=moment) == erin
        assert not attempt_factor(erin, by_code("000000"), by=BY, now=moment)
    moment = now + timedelta(seconds=4)
    assert not attempt_factor(erin, by_code(code_for("erin", at=moment)), by=BY, now=moment)
    assert attempt_password("erin", PASSWORD, by=BY, now=moment) is None
    assert Lock.objects.get().reason == "second_factor"


def test_a_code_seen_once_is_not_taken_twice(cast: dict[str, Any]) -> None:
    now = datetime.now(UTC)
    code = code_for("erin", at=now)
    assert attempt_factor(cast["erin"], by_code(code), by=BY, now=now)
    assert not attempt_factor(cast["erin"], by_code(code), by=BY, now=now)


def test_a_disabled_account_is_told_the_same(cast: dict[str, Any]) -> None:
    disable_account(cast["dave"].pk, "left the firm", by=KEEPER, now=T0)
    assert not attempt("dave", PASSWORD, 1)
    assert told()[-1]["detail"]["reason"] == "account_not_active"
    answers = set()
    for login_id, password in (("dave", PASSWORD), ("bob", WRONG), ("nobody", WRONG)):
        page = browser().post("/sign-in/", {"login": login_id, "password": password}, follow=True)
        answers.add(page.content.decode().replace(login_id, "x").split("csrf")[0])
        assert page.status_code == 200
        assert "FH-SGN-01" in page.content.decode()
    assert len(answers) == 1


def test_the_end_of_a_lock_is_written_with_its_event(cast: dict[str, Any]) -> None:
    for minute in range(3):
        attempt("bob", WRONG, minute)
    assert end_locks(by=KEEPER, now=after(16)) == 0
    assert end_locks(by=KEEPER, now=after(18)) == 1
    assert end_locks(by=KEEPER, now=after(19)) == 0
    lock = Lock.objects.get()
    assert (lock.ended_at, lock.end_reason) == (lock.until, "time")
    assert types()[-1] == "lock.ended"


@pytest.mark.django_db(transaction=True)
def test_parallel_guesses_do_not_outrun_the_count(cast: dict[str, Any]) -> None:
    if connection.vendor == "sqlite" and connection.is_in_memory_db():
        pytest.skip("a database in memory has no locks to wait for; PostgreSQL's run tries this")

    def guess(number: int) -> bool:
        try:
            return attempt_password("bob", f"{WRONG}{number}", by=BY, now=T0) is not None
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        assert not any(pool.map(guess, range(12)))
    told_types = types()
    assert len(told_types) == 12, "one event for each attempt"
    assert told_types.count("signin.failed") == 2
    assert told_types.count("signin.locked") == 1
    assert FailureCount.objects.get().failures == 3


def test_signing_in_over_the_wire_leaves_one_event_a_post(cast: dict[str, Any]) -> None:
    erin = browser()
    erin.post("/sign-in/", {"login": "erin", "password": PASSWORD})
    assert types() == ["signin.password_accepted"]
    assert erin.get("/sign-in/account/").status_code == 302
    erin.post("/sign-in/second-factor/", {"code": "123456"})
    assert types()[1:] == ["signin.failed"]
    erin.post("/sign-in/second-factor/", {"code": code_for("erin")})
    assert types()[2:] == ["signin.succeeded"]
    assert erin.get("/sign-in/account/").status_code == 200
    erin.post("/sign-in/out/")
    assert types()[3:] == ["session.ended"]
    assert erin.get("/sign-in/account/").status_code == 302
