"""Sign-in without script: a wait and a mailed code earn one proof; nothing says who exists (6.8, 6.10)."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core import mail
from django.utils import timezone

from fanghu.signin import without_script
from fanghu.signin.models import MailedCode
from tests.cast import PASSWORD, browser

PATH, SIGN_IN = "/sign-in/without-script/sign-in/", "/sign-in/"


class Clock:
    """The server's clock, set by hand."""

    def __init__(self) -> None:
        self.now = datetime.now(UTC)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch, settings: Any, cast: dict[str, Any]) -> Clock:
    """Mail is set up, bob has an address, and the clock is ours."""
    settings.EMAIL_HOST = "mail.invalid"
    cast["bob"].person.email = "bob@example.test"
    cast["bob"].person.save()
    clock = Clock()
    monkeypatch.setattr(timezone, "now", clock)
    return clock


def asked(client: Any, login_id: str) -> str:
    """Ask for a code; the ticket of the page that follows."""
    page = client.post(PATH, {"login": login_id}).content.decode()
    return str(re.search(r'name="ticket" value="([^"]+)"', page)[1])  # type: ignore[index]


def mailed() -> str:
    """The code in the mail that the keeper sends."""
    assert without_script.send_codes(timezone.now()) == 1
    return str(re.search(r"\d{8}", mail.outbox[-1].body)[0])  # type: ignore[index]


def typed(client: Any, ticket: str, code: str) -> str:
    return str(client.post(PATH, {"ticket": ticket, "code": code}, follow=True).content.decode())


def sign_in(client: Any) -> bool:
    client.post(SIGN_IN, {"login": "bob", "password": PASSWORD, "proof": ""})
    return bool(client.get("/sign-in/account/").status_code == 200)


def test_who_waits_and_types_the_code_may_try_once(clock: Clock) -> None:
    bob = browser()
    ticket = asked(bob, "bob")
    code = mailed()
    assert mail.outbox[0].to == ["bob@example.test"]
    assert "FH-SGN-35" in typed(bob, ticket, code), "the wait is not over"
    assert not sign_in(bob)
    clock.now += timedelta(seconds=150)
    typed(bob, ticket, code)
    assert sign_in(bob)
    bob.post("/sign-in/out/")
    assert not sign_in(bob), "the earned proof is spent"
    assert "FH-SGN-34" in typed(bob, ticket, code), "and so is the ticket"


def test_one_guess_a_ticket(clock: Clock) -> None:
    bob = browser()
    ticket, code = asked(bob, "bob"), ""
    code = mailed()
    clock.now += timedelta(seconds=150)
    assert "FH-SGN-34" in typed(bob, ticket, "00000000" if code != "00000000" else "1")
    assert "FH-SGN-34" in typed(bob, ticket, code)
    assert not sign_in(bob)


def test_a_ticket_dies_and_is_good_for_its_purpose_only(clock: Clock) -> None:
    bob = browser()
    ticket = asked(bob, "bob")
    code = mailed()
    clock.now += timedelta(seconds=150)
    other = bob.post("/sign-in/without-script/change/", {"ticket": ticket, "code": code}, follow=True)
    assert "FH-SGN-34" in other.content.decode()
    clock.now += timedelta(minutes=16)
    assert "FH-SGN-34" in typed(bob, ticket, code)


def test_an_unknown_id_gets_the_same_page_and_no_mail(clock: Clock) -> None:
    pages = []
    for login_id in ("bob", "nobody"):
        page = browser().post(PATH, {"login": login_id}, REMOTE_ADDR=f"192.0.2.{len(pages)}").content.decode()
        pages.append(re.sub(r'value="[^"]*"', "", page))
    assert pages[0] == pages[1]
    assert MailedCode.objects.count() == 2
    assert without_script.send_codes(timezone.now()) == 1
    assert not MailedCode.objects.exists()


def test_without_mail_the_way_is_closed_and_says_so(cast: dict[str, Any]) -> None:
    assert "FH-SGN-36" in browser().get(PATH).content.decode()
    assert "FH-SGN-36" in browser().post(PATH, {"login": "bob"}).content.decode()
    assert not MailedCode.objects.exists()
    assert browser().get("/sign-in/without-script/else/").status_code == 404


def test_a_robot_that_asks_too_often_is_stopped(clock: Clock) -> None:
    robot = browser()
    for _number in range(20):
        robot.post(PATH, {"login": "bob"})
    stopped = robot.post(PATH, {"login": "bob"}, follow=True).content.decode()
    assert "FH-SGN-31" in stopped
    assert MailedCode.objects.count() == 20


def test_a_code_in_the_database_cannot_be_read(clock: Clock) -> None:
    asked(browser(), "bob")
    sealed = MailedCode.objects.get().sealed
    code = mailed()
    assert code not in sealed
    assert code not in bytes.fromhex(sealed).decode("latin-1")
