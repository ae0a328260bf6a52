"""A session lives only while its row, its account and its password do; it is seen and can be ended."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.sessions.models import Session

from fanghu.access.jobs import sweep
from fanghu.accounts.actions import change_roles, disable_account, reset_sign_in
from fanghu.accounts.models import Account
from fanghu.events.doer import KEEPER
from fanghu.signin.jobs import end_what_is_due
from fanghu.signin.models import LedgerSession
from tests.cast import PASSWORD, browser, sit_down

INSIDE = "/sign-in/account/"
Sit = Callable[[str], Any]


def inside(client: Any) -> bool:
    return bool(client.get(INSIDE).status_code == 200)


def only_row() -> LedgerSession:
    return LedgerSession.objects.get(ended_at=None)


def test_the_cookie_is_nowhere_in_the_database(cast: dict[str, Any]) -> None:
    bob = browser()
    before = bob.cookies.get("__Host-fanghu")
    bob.post("/sign-in/", {"login": "bob", "password": PASSWORD})
    key = bob.cookies["__Host-fanghu"].value
    assert before is None or before.value != key
    assert inside(bob)
    assert not Session.objects.filter(pk=key).exists()
    assert key not in only_row().key_hash
    assert only_row().methods == ["password"]


def test_a_row_taken_out_of_the_ledger_opens_nothing(client_as: Sit) -> None:
    bob = client_as("bob")
    assert inside(bob)
    LedgerSession.objects.all().delete()
    assert not inside(bob)
    assert not inside(bob)


@pytest.mark.parametrize(
    ("moved", "reason"),
    [
        ({"seen_at": timedelta(minutes=15, seconds=1)}, "idle"),
        ({"started_at": timedelta(hours=12, seconds=1)}, "too_long"),
    ],
)
def test_idle_and_overlong_sessions_end_by_request_or_by_the_keeper(
    cast: dict[str, Any], moved: dict[str, timedelta], reason: str
) -> None:
    now = datetime.now(UTC)
    for by_keeper in (False, True):
        bob = sit_down(cast["bob"])
        LedgerSession.objects.filter(ended_at=None).update(**{field: now - age for field, age in moved.items()})
        if by_keeper:
            sweep(now)
            assert not LedgerSession.objects.filter(ended_at=None).exists()
        page = bob.get(INSIDE, follow=True)
        assert page.request["PATH_INFO"] == "/sign-in/"
    assert list(LedgerSession.objects.values_list("end_reason", flat=True)) == [reason, reason]


def test_use_is_written_at_most_twice_a_minute(client_as: Sit) -> None:
    bob = client_as("bob")
    first = only_row().seen_at
    assert inside(bob)
    assert only_row().seen_at == first
    LedgerSession.objects.update(seen_at=first - timedelta(seconds=31))
    assert inside(bob)
    assert only_row().seen_at > first


def test_disabling_cuts_the_session_at_once(cast: dict[str, Any], client_as: Sit) -> None:
    bob = client_as("bob")
    assert inside(bob)
    disable_account(cast["bob"].pk, "left", by=KEEPER, now=datetime.now(UTC))
    assert not inside(bob)
    assert LedgerSession.objects.get().end_reason == "account_disabled"
    assert Session.objects.filter(pk=LedgerSession.objects.get().key_hash).count() == 0


def test_an_account_past_its_end_is_cut_before_the_keeper_comes(cast: dict[str, Any], client_as: Sit) -> None:
    bob = client_as("bob")
    Account.objects.filter(pk=cast["bob"].pk).update(valid_until=datetime.now(UTC) - timedelta(seconds=1))
    assert not inside(bob)
    end_what_is_due(datetime.now(UTC))
    assert Account.objects.get(pk=cast["bob"].pk).state == "disabled"


def test_a_new_role_and_a_reset_end_sessions_too(cast: dict[str, Any]) -> None:
    now = datetime.now(UTC)
    for deed in (
        lambda: change_roles(cast["bob"].pk, ["officer"], by=KEEPER, now=now),
        lambda: reset_sign_in(cast["bob"].pk, factor=True, by=KEEPER, now=now),
    ):
        bob = sit_down(cast["bob"])
        deed()
        assert not inside(bob)


def test_bob_sees_his_sessions_and_ends_the_other_one(cast: dict[str, Any]) -> None:
    here, elsewhere, carol = sit_down(cast["bob"]), sit_down(cast["bob"]), sit_down(cast["carol"])
    rows = {row.account.login_id: row for row in LedgerSession.objects.all()}
    here.post(f"/sign-in/account/sessions/{rows['carol'].pk}/end/")
    assert inside(carol), "not somebody else's"
    here.post("/sign-in/account/sessions/end-others/")
    assert inside(here)
    assert not inside(elsewhere)


def test_changing_the_password_keeps_this_session_and_ends_the_others(cast: dict[str, Any]) -> None:
    here, elsewhere = sit_down(cast["bob"]), sit_down(cast["bob"])
    key = here.cookies["__Host-fanghu"].value
    fresh = "Another-Long-Way-9"
    page = here.post("/sign-in/account/password/", {"present": PASSWORD, "password": fresh, "again": fresh})
    assert page.status_code == 302, page.content.decode()
    assert here.cookies["__Host-fanghu"].value != key
    assert inside(here)
    assert not inside(elsewhere)


def test_a_password_given_by_somebody_is_changed_before_anything_else(cast: dict[str, Any]) -> None:
    given = reset_sign_in(cast["bob"].pk, factor=False, by=KEEPER, now=datetime.now(UTC))
    bob = browser()
    page = bob.post("/sign-in/", {"login": "bob", "password": given}, follow=True)
    assert page.request["PATH_INFO"] == "/sign-in/new-password/"
    assert not inside(bob)
    again = bob.post("/sign-in/new-password/", {"password": given, "again": given})
    assert again.status_code == 200, "the same one is not a new one"
    assert not inside(bob)
    fresh = "Another-Long-Way-9"
    assert bob.post("/sign-in/new-password/", {"password": fresh, "again": fresh}).status_code == 302
    assert inside(bob)


def test_a_password_too_old_stops_a_session_under_way(cast: dict[str, Any], client_as: Sit) -> None:
    bob = client_as("bob")
    Account.objects.filter(pk=cast["bob"].pk).update(password_set_at=datetime.now(UTC) - timedelta(days=93))
    page = bob.get("/accounts/")
    assert (page.status_code, page.headers["Location"]) == (302, "/sign-in/account/password/")
