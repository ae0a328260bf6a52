"""Alice makes and keeps accounts; nobody does so for themselves; every deed leaves one event."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from fanghu.accounts import actions, canaries, password_changes
from fanghu.accounts.collectors import PROVIDERS, SYSTEM_ONE, scheme_of
from fanghu.accounts.facts import DefaultPasswords, PasswordAges, PasswordPolicyInForce, StoredPasswords
from fanghu.accounts.models import Account
from fanghu.events.doer import KEEPER, Doer
from fanghu.events.models import OutboxEvent
from fanghu.testimony import Scope
from tests.cast import PASSWORD, add_account, browser

Sit = Callable[[str], Any]


def told() -> list[str]:
    return [msgspec.json.decode(bytes(row.body))["type"] for row in OutboxEvent.objects.order_by("created_at")]


def doer(account: Account) -> Doer:
    return Doer("console", account=str(account.pk), person=str(account.person_id))


def facts_of(kind: type) -> Any:
    scope = Scope(datetime.now(UTC), frozenset({SYSTEM_ONE}))
    return PROVIDERS[kind](scope)[SYSTEM_ONE].facts


def test_alice_makes_an_account_and_its_password_is_shown_once(cast: dict[str, Any], client_as: Sit) -> None:
    alice = client_as("alice")
    frank = add_account("frank", None, factor=False).person
    given = {"person": frank.pk, "login_id": "Frank.W", "kind": "vendor", "roles": ["auditor"]}
    assert b"needs an end" in alice.post("/accounts/new/", given).content
    page = alice.post("/accounts/new/", {**given, "valid_until": "2027-01-31T18:00"})
    shown = re.search(r"<code>([A-Za-z0-9-]{23})</code>", page.content.decode())
    assert shown, page.content.decode()
    assert "no-store" in page.headers["Cache-Control"]
    made = Account.objects.get(login_id="frank.w")
    assert (made.created_by_person, made.must_change_password, made.role_names) == (
        cast["alice"].person,
        True,
        {"auditor"},
    )
    assert told() == ["account.created"]
    assert shown[1] not in "".join(bytes(row.body).decode() for row in OutboxEvent.objects.all())
    entered = browser().post("/sign-in/", {"login": "frank.w", "password": shown[1]})
    assert entered.headers["Location"] == "/sign-in/new-password/"
    again = alice.post("/accounts/new/", {**given, "valid_until": "2027-01-31T18:00"})
    assert b"FH-ACC-12" in again.content


def test_nobody_acts_on_an_account_of_their_own(cast: dict[str, Any], client_as: Sit) -> None:
    alice, now = cast["alice"], datetime.now(UTC)
    second = add_account("alice2", None, factor=False, person=alice.person)
    for target in (alice, second):
        for deed in (
            lambda pk: actions.change_roles(pk, ["officer"], by=doer(alice), now=now),
            lambda pk: actions.disable_account(pk, "x", by=doer(alice), now=now),
            lambda pk: actions.enable_account(pk, None, by=doer(alice), now=now),
            lambda pk: actions.reset_sign_in(pk, factor=True, by=doer(alice), now=now),
        ):
            with pytest.raises(actions.Refused, match="FH-ACC-10"):
                deed(target.pk)
    with pytest.raises(actions.Refused, match="FH-ACC-10"):
        actions.create_account(
            person=alice.person_id,
            name="x",
            login_id="alice3",
            kind="named",
            roles=["officer"],
            valid_until=None,
            by=doer(alice),
            now=now,
        )
    page = client_as("alice").post(f"/accounts/{alice.pk}/roles/", {"roles": ["officer"]})
    assert page.status_code == 400
    assert b"FH-ACC-10" in page.content
    assert told() == []


def test_a_reset_is_remembered_for_the_two_person_rule(cast: dict[str, Any], client_as: Sit) -> None:
    page = client_as("alice").post(f"/accounts/{cast['erin'].pk}/reset/", {"factor": "1"})
    assert page.status_code == 200
    erin = Account.objects.get(login_id="erin")
    assert erin.factor_reset_by_person == cast["alice"].person
    assert told() == ["account.sign_in_reset"]


def test_disabled_and_enabled_again(cast: dict[str, Any], client_as: Sit) -> None:
    alice, dave = client_as("alice"), cast["dave"]
    alice.post(f"/accounts/{dave.pk}/disable/", {"reason": ""})
    assert Account.objects.get(pk=dave.pk).state == "active", "a reason is asked for"
    alice.post(f"/accounts/{dave.pk}/disable/", {"reason": "on leave"})
    assert Account.objects.get(pk=dave.pk).state == "disabled"
    assert alice.post(f"/accounts/{dave.pk}/enable/").status_code == 200
    assert Account.objects.get(pk=dave.pk).must_change_password
    assert told() == ["account.disabled", "account.enabled"]


def test_pages_are_read_by_those_who_may(client_as: Sit, cast: dict[str, Any]) -> None:
    assert b"dave" in client_as("carol").get("/accounts/").content
    page = client_as("carol").get(f"/accounts/{cast['dave'].pk}/").content
    assert b"disable/" not in page
    assert client_as("dave").get("/accounts/").status_code == 403


def test_voluntary_changes_once_a_day_and_never_the_same(cast: dict[str, Any]) -> None:
    bob, now = cast["bob"], datetime.now(UTC)
    ways = [f"Way-{n}-through-Stones" for n in range(5)]
    for day, way in enumerate(ways[:4]):
        password_changes.change_password(bob.pk, way, by=doer(bob), now=now + timedelta(days=day))
    with pytest.raises(actions.Refused) as young:
        password_changes.change_password(bob.pk, ways[4], by=doer(bob), now=now + timedelta(days=3, hours=23))
    assert "less than" in str(young.value)
    for old in ways[:4]:
        with pytest.raises(actions.Refused):
            password_changes.change_password(bob.pk, old, by=doer(bob), now=now + timedelta(days=5))
    password_changes.change_password(bob.pk, PASSWORD, by=doer(bob), now=now + timedelta(days=5))
    assert told() == ["password.changed"] * 5


def test_an_emergency_account_ends_by_itself(cast: dict[str, Any]) -> None:
    now = datetime.now(UTC)
    made, _given = actions.create_account(
        person=cast["dave"].person_id,
        name="Dave",
        login_id="dave-911",
        kind="emergency",
        roles=[],
        valid_until=now + timedelta(hours=2),
        by=doer(cast["alice"]),
        now=now,
    )
    assert actions.end_expired(by=KEEPER, now=now + timedelta(hours=1, minutes=59)) == 0
    assert actions.end_expired(by=KEEPER, now=now + timedelta(hours=2)) == 1
    assert Account.objects.get(pk=made.pk).state == "disabled"
    assert told()[-1] == "account.ended"


def test_what_the_accounts_testify(cast: dict[str, Any]) -> None:
    actions.reset_sign_in(cast["dave"].pk, factor=False, by=doer(cast["alice"]), now=datetime.now(UTC))
    assert facts_of(PasswordPolicyInForce).min_length == 12
    assert facts_of(PasswordAges) == PasswordAges(5, 0, 0, 0, 0)
    assert facts_of(DefaultPasswords) == DefaultPasswords(True, 5, 1, 0)
    assert facts_of(StoredPasswords) == StoredPasswords((("argon2id m=19456 t=2 p=1", 5),), 0, 0, 0)
    Account.objects.filter(login_id="bob").update(password="hunter2")
    Account.objects.filter(login_id="carol").update(password="pbkdf2_sha256$1$a$b", password_set_at=None)
    assert facts_of(StoredPasswords).clear_text == 1
    assert facts_of(StoredPasswords).weak == 1
    assert facts_of(PasswordAges).without_date == 1


@pytest.mark.parametrize(
    ("stored", "clear", "weak"),
    [
        ("argon2$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA", False, False),
        ("argon2$argon2id$v=19$m=512,t=2,p=1$c2FsdA$aGFzaA", False, True),
        ("argon2$argon2i$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA", False, True),
        ("md5$salt$hash", False, True),
        ("hunter2", True, True),
        ("price$5", True, True),
    ],
)
def test_schemes_are_told_apart(stored: str, clear: bool, weak: bool) -> None:
    assert scheme_of(stored)[1:] == (clear, weak)


def test_canaries_come_and_go(db: None) -> None:
    by, now = Doer("drill", run="run-1"), datetime.now(UTC)
    canary, password = canaries.make_canary("run-1", "lockout", by=by, now=now)
    again, other = canaries.make_canary("run-1", "lockout", by=by, now=now)
    assert (canary.pk, again.pk) == (again.pk, canary.pk)
    assert password != other
    assert canary.rights == frozenset()
    assert facts_of(PasswordAges).accounts == 0, "a canary is not one of the firm's accounts"
    assert canaries.remove_canaries("run-1", by=by, now=now) == []
    assert canaries.remove_canaries("run-1", by=by, now=now) == []
    assert not Account.objects.exists()
    assert told() == ["canary.made", "canary.removed"]
