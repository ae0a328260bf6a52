"""The first administrator comes in by a one-time link; a lost factor is recovered on the machine."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from fanghu.accounts.models import Account
from fanghu.cli.ready import here
from fanghu.events.models import OutboxEvent
from fanghu.faults import Fault
from fanghu.signin.actions import make_first_link, make_recovery_link
from fanghu.signin.factor import step_of
from fanghu.signin.models import EnrolmentLink, LedgerSession
from fanghu.signin.reading import recent_recoveries
from tests.cast import PASSWORD, browser

pytestmark = pytest.mark.django_db
FIRST = {"name": "林雅婷", "number": "A001", "login_id": "alice", "password": PASSWORD, "again": PASSWORD}


def events() -> list[str]:
    """Types of the events so far, in the order of the deeds."""
    import msgspec

    rows = OutboxEvent.objects.order_by("created_at")
    return [msgspec.json.decode(bytes(row.body))["type"] for row in rows]


def code_on(page: str) -> str:
    """What an authenticator app shows after reading the seed on the page."""
    from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value

    seed = re.search(r"<code>([A-Z2-7 ]+)</code>", page)
    assert seed, page
    return format_hotp_value(hotp_value(seed[1].replace(" ", ""), int(datetime.now(UTC).timestamp()) // 30))


def path_of_link() -> str:
    path = make_first_link(datetime.now(UTC))
    assert path is not None
    return path


def enrol(client: Client, path: str) -> Any:
    page = client.post(path, FIRST, follow=True)
    assert "otpauth" not in page.content.decode()
    return client.post("/sign-in/set-up-factor/", {"code": code_on(page.content.decode())})


def test_alice_opens_the_link_twice_and_the_form_uses_it_up() -> None:
    path, alice = path_of_link(), browser()
    assert alice.get(path).status_code == alice.get(path).status_code == 200
    done = enrol(alice, path)
    assert (done.status_code, done.headers["Location"]) == (302, "/")
    assert alice.get("/sign-in/account/").status_code == 200
    account = Account.objects.get(login_id="alice")
    assert account.is_administrator
    assert account.person.name == "林雅婷"
    assert "FH-SGN-21" in browser().get(path).content.decode()
    assert events() == ["enrolment.link_made", "administrator.enrolled", "factor.enrolled"]


def test_the_page_of_the_link_leaks_nothing() -> None:
    path = path_of_link()
    page = browser().get(path)
    token = path.rstrip("/").rsplit("/", 1)[1]
    assert page.headers["Referrer-Policy"] == "strict-origin"
    assert "no-store" in page.headers["Cache-Control"]
    assert not EnrolmentLink.objects.filter(token_hash__contains=token).exists()
    assert all(token.encode() not in bytes(row.body) for row in OutboxEvent.objects.all())


def test_a_restart_makes_the_older_link_void_and_an_hour_the_newer() -> None:
    older = path_of_link()
    newer = path_of_link()
    assert browser().get(older).status_code == 400
    assert browser().get(newer).status_code == 200
    EnrolmentLink.objects.update(expires_at=datetime.now(UTC) - timedelta(seconds=1))
    assert browser().get(newer).status_code == 400


def test_no_first_link_once_an_administrator_can_sign_in() -> None:
    path = path_of_link()
    enrol(browser(), path)
    assert make_first_link(datetime.now(UTC)) is None


def test_an_administrator_who_left_before_the_second_factor_finishes_later() -> None:
    path, first = path_of_link(), browser()
    first.post(path, FIRST)
    later = browser()
    page = later.post("/sign-in/", {"login": "alice", "password": PASSWORD}, follow=True)
    assert page.request["PATH_INFO"] == "/sign-in/set-up-factor/"
    assert later.get("/sign-in/account/").status_code == 302, "nothing else before the factor stands"
    assert make_first_link(datetime.now(UTC)) is not None, "nobody is able yet, so the machine can still help"


def test_a_weak_password_uses_nothing_up() -> None:
    path, alice = path_of_link(), browser()
    page = alice.post(path, {**FIRST, "password": "Password1234!", "again": "Password1234!"})
    assert "well-known" in page.content.decode()
    assert not Account.objects.exists()
    assert enrol(alice, path).status_code == 302


def test_a_lost_factor_is_recovered_on_the_machine_and_shown(cast: dict[str, Any]) -> None:
    now = datetime.now(UTC)
    path = make_recovery_link("alice", now, by=here())
    fresh = "Another-Long-Way-9"
    alice = browser()
    page = alice.post(path, {"password": fresh, "again": fresh}, follow=True)
    assert alice.post("/sign-in/set-up-factor/", {"code": code_on(page.content.decode())}).status_code == 302
    assert LedgerSession.objects.filter(account=cast["alice"], ended_at=None).count() == 1
    shown = recent_recoveries(datetime.now(UTC))
    assert [(seen.login_id, seen.used_at is not None) for seen in shown] == [("alice", True)]
    assert recent_recoveries(now + timedelta(days=31)) == []
    assert events() == ["enrolment.recovery_link_made", "account.sign_in_recovered", "factor.enrolled"]


def test_nobody_by_that_name_is_recovered() -> None:
    with pytest.raises(Fault, match="FH-SGN-20"):
        make_recovery_link("nobody", datetime.now(UTC), by=here())


def test_a_code_is_good_for_one_step_each_way_and_once() -> None:
    from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value

    seed, now = "JBSWY3DPEHPK3PXP", datetime(2026, 11, 22, 9, 0, 10, tzinfo=UTC)
    step = int(now.timestamp()) // 30
    code = format_hotp_value(hotp_value(seed, step))
    assert step_of(seed, code, now) == step
    assert step_of(seed, code, now + timedelta(seconds=30)) == step
    assert step_of(seed, code, now + timedelta(seconds=61)) is None
    assert step_of(seed, code, now, after=step) is None
