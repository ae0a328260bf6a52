"""What a holder sees of the own account: the sign-in before this one, failed tries, the password's end, all sessions."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from fanghu.accounts import passwords, rules
from fanghu.accounts.models import Account
from fanghu.signin.agents import agent_words
from fanghu.signin.models import FailureCount, LedgerSession, Lock
from fanghu.signin.reminders import codes_run_out, days_left, expiry_reached
from tests.cast import PASSWORD, browser, code_for, sit_down

ACCOUNT = "/sign-in/account/"
NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
Sit = Callable[[str], Any]


def sign_in(login_id: str, *, code: str = "") -> Any:
    client = browser()
    client.post("/sign-in/", {"login": login_id, "password": PASSWORD})
    if code:
        client.post("/sign-in/second-factor/", {"code": code})
    return client


@pytest.mark.parametrize(
    ("ahead", "left", "reached"),
    [
        (timedelta(days=15), 15, None),
        (timedelta(days=14, seconds=1), 15, None),
        (timedelta(days=14), 14, 14),
        (timedelta(days=7, seconds=1), 8, 14),
        (timedelta(days=7), 7, 7),
        (timedelta(days=1, seconds=1), 2, 7),
        (timedelta(days=1), 1, 1),
        (timedelta(seconds=1), 1, 1),
        (timedelta(0), 0, 1),
        (-timedelta(days=3), 0, 1),
    ],
)
def test_the_end_of_a_password_is_told_14_7_and_1_days_before(ahead: timedelta, left: int, reached: int | None) -> None:
    assert days_left(NOW + ahead, NOW) == left
    assert expiry_reached(NOW + ahead, NOW) == reached


@pytest.mark.parametrize(("left", "few"), [(None, False), (10, False), (4, False), (3, True), (0, True)])
def test_few_codes(left: int | None, few: bool) -> None:
    assert codes_run_out(left) is few


@pytest.mark.parametrize(("days", "grave"), [(20, ""), (13, "info"), (6, "warning"), (1, "error")])
def test_signing_in_tells_of_the_passwords_end(cast: dict[str, Any], days: int, grave: str) -> None:
    now = datetime.now(UTC)
    set_at = now
    while rules.expires_at(set_at, passwords.policy()) > now + timedelta(days=days):
        set_at -= timedelta(hours=1)
    Account.objects.filter(login_id="bob").update(password_set_at=set_at)
    page = sign_in("bob").get(ACCOUNT).content.decode()
    told = "Your password must be changed by" in page
    assert told is bool(grave)
    assert not told or page.count(f'class="notice {grave}"') >= 1


def test_the_sign_in_before_this_one_is_told(cast: dict[str, Any]) -> None:
    assert (
        "This is your first sign-in." in sign_in("erin", code=code_for("erin", later=-1)).get(ACCOUNT).content.decode()
    )
    LedgerSession.objects.update(place="192.0.2.77", started_at=datetime(2026, 1, 2, 3, 4, tzinfo=UTC))
    page = sign_in("erin", code=code_for("erin")).get(ACCOUNT).content.decode()
    assert "2026-01-02 11:04 from 192.0.2.77 (password + authenticator app)" in page
    assert "2026-01-02 11:04 · 192.0.2.77 · password + authenticator app" in page
    assert "failed tr" not in page.lower().replace("failed tries</th>", "")


def test_failed_tries_before_a_sign_in_are_told_whatever_locks_came_between(cast: dict[str, Any]) -> None:
    sign_in("bob")
    mallory = browser()
    for _try in range(2):
        mallory.post("/sign-in/", {"login": "bob", "password": "Guessed-It-77777"})
    bob = sign_in("bob")
    assert "2 failed tries came before this sign-in" in bob.get(ACCOUNT).content.decode()
    assert "before this sign-in: 2 · since: 0" in bob.get(ACCOUNT).content.decode()
    for _try in range(3):
        mallory.post("/sign-in/", {"login": "bob", "password": "Guessed-It-77777"})
    assert "before this sign-in: 2 · since: 3" in bob.get(ACCOUNT).content.decode()
    assert sign_in("bob").get(ACCOUNT).status_code == 302, "the third one locked"
    past = datetime.now(UTC) - timedelta(seconds=1)
    Lock.objects.update(until=past)
    FailureCount.objects.update(last_failed_at=past - timedelta(seconds=1))
    mallory.post("/sign-in/", {"login": "bob", "password": "Guessed-It-77777"})
    assert "4 failed tries came before" in sign_in("bob").get(ACCOUNT).content.decode()
    assert "before this sign-in: 0 · since: 0" in sign_in("bob").get(ACCOUNT).content.decode()


def test_sessions_are_listed_and_ended_one_by_one_or_together(cast: dict[str, Any]) -> None:
    here, there, elsewhere = (sit_down(cast["bob"]) for _number in range(3))
    page = here.get(ACCOUNT).content.decode()
    assert (page.count("this one"), page.count(">End<")) == (1, 2)
    rows = list(LedgerSession.objects.order_by("started_at", "pk"))
    theirs = next(row for row in rows if f"/sessions/{row.pk}/end/" in page and row.key_hash == key_of(there))
    assert here.post(f"/sign-in/account/sessions/{theirs.pk}/end/").headers["Location"] == ACCOUNT
    assert there.get(ACCOUNT).status_code == 302
    assert elsewhere.get(ACCOUNT).status_code == 200
    here.post("/sign-in/account/sessions/end-others/")
    assert elsewhere.get(ACCOUNT).status_code == 302
    assert here.get(ACCOUNT).status_code == 200


def test_somebody_elses_session_is_none(cast: dict[str, Any], client_as: Sit) -> None:
    carol, bob = client_as("carol"), client_as("bob")
    hers = LedgerSession.objects.get(account=cast["carol"])
    for session_id in (hers.pk, uuid4()):
        assert bob.post(f"/sign-in/account/sessions/{session_id}/end/").status_code == 404
    assert carol.get(ACCOUNT).status_code == 200
    hers.refresh_from_db()
    assert hers.ended_at is None


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        ("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36", "Chrome · Linux"),
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36 Edg/140.0", "Edge · Windows"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1 (KHTML, like Gecko) Version/18.0 Safari/605.1", "Safari · macOS"),
        ("Mozilla/5.0 (Android 15; Mobile; rv:140.0) Gecko/140.0 Firefox/140.0", "Firefox · Android"),
        ("curl/8.5.0", "curl/8.5.0"),
        ("", "—"),
    ],
)  # fmt: skip
def test_a_browser_in_two_words(agent: str, words: str) -> None:
    assert agent_words(agent) == words


def key_of(client: Any) -> str:
    from fanghu.signin.cookie import hashed

    return hashed(client.cookies["__Host-fanghu"].value)
