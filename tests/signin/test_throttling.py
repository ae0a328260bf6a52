"""One source is limited before any account is, and never at an account's cost (6.8)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from fanghu.events.doer import Doer
from fanghu.events.models import OutboxEvent
from fanghu.signin import throttling
from fanghu.signin.models import FailureCount, SourceCount
from tests.cast import PASSWORD, browser

T0 = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
pytestmark = pytest.mark.django_db


def charge(place: str, minutes: float = 0) -> throttling.Charge:
    return throttling.charge(by=Doer("console", place=place), now=T0 + timedelta(minutes=minutes))


@pytest.mark.parametrize(
    ("place", "source"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", ""),
        ("a unix socket", "a unix socket"),
    ],
)
def test_a_source_is_an_address_or_its_64(place: str, source: str) -> None:
    assert throttling.source_of(place) == source


def test_the_one_too_many_is_refused_until_the_window_ends_and_told_once() -> None:
    for number in range(throttling.ATTEMPTS):
        assert charge("192.0.2.7", number / 10) == throttling.Charge(number)
    until = T0 + throttling.WINDOW
    assert [charge("192.0.2.7", minutes).until for minutes in (3, 4, 9.9)] == [until] * 3
    assert charge("192.0.2.8", 5).until is None, "the neighbour is another source"
    assert charge("192.0.2.7", 10).until is None, "a new window"
    assert OutboxEvent.objects.count() == 1
    assert b"source.throttled" in bytes(OutboxEvent.objects.get().body)


def test_a_success_is_given_back_and_never_more_than_that() -> None:
    by = Doer("console", place="192.0.2.7")
    for _morning in range(3 * throttling.ATTEMPTS):
        assert charge("192.0.2.7").until is None
        throttling.give_back(by=by)
    throttling.give_back(by=by)
    assert throttling.attempts_of("192.0.2.7", T0) == 0


def test_a_source_that_is_stopped_cannot_free_itself() -> None:
    for _number in range(throttling.ATTEMPTS + 1):
        charge("192.0.2.7")
    throttling.give_back(by=Doer("console", place="192.0.2.7"))
    assert charge("192.0.2.7").until is not None


def test_old_counts_go() -> None:
    charge("192.0.2.7")
    charge("192.0.2.8", 9)
    assert throttling.forget_old(T0 + timedelta(minutes=10)) == 1
    assert SourceCount.objects.get().source == "192.0.2.8"


def test_a_stopped_source_locks_nobody_and_bars_nobody_else(cast: dict[str, object]) -> None:
    robot = browser()
    for _number in range(throttling.ATTEMPTS + 3):
        robot.post("/sign-in/", {"login": "bob", "password": "wrong", "proof": ""}, REMOTE_ADDR="192.0.2.7")
    stopped = robot.post("/sign-in/", {"login": "bob", "password": PASSWORD}, REMOTE_ADDR="192.0.2.7", follow=True)
    assert "FH-SGN-31" in stopped.content.decode()
    assert not FailureCount.objects.exists()
    bob = browser()
    bob.post("/sign-in/", {"login": "bob", "password": PASSWORD})
    assert bob.get("/sign-in/account/").status_code == 200
