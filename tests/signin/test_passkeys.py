"""Passkeys: made after the password, used after the password, and everything that must be refused."""

from __future__ import annotations

import html
import json
import re
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.conf import settings as live
from fido2.utils import websafe_encode
from hypothesis import given
from hypothesis import strategies as some

from fanghu.accounts.reading import has_factor
from fanghu.events.models import OutboxEvent
from fanghu.signin.attempts import hash_of
from fanghu.signin.models import FailureCount, LedgerSession
from fanghu.signin.passkeys import add_passkey, ask_known, ask_new, by_passkey, made_of
from fanghu.signin.relying_party import RelyingParty, relying_party
from tests.cast import PASSWORD, browser, code_for, sit_down
from tests.signin.soft_key import ORIGIN, SoftKey
from tests.signin.test_locks import BY

ACCOUNT, NEW, MAKE = "/sign-in/account/", "/sign-in/account/passkeys/new/", "/sign-in/account/passkeys/make/"
SECOND = "/sign-in/second-factor/"
PARTY = RelyingParty("localhost", ORIGIN)


def by_name(client: Any) -> Any:
    """The same browser, reaching the server by its host name."""
    client.defaults["HTTP_HOST"] = "localhost:8443"
    return client


def events() -> list[dict[str, Any]]:
    return [json.loads(row.body) for row in OutboxEvent.objects.order_by("created_at", "pk")]


def options_on(page: Any) -> dict[str, Any]:
    found = re.search(r'data-options="([^"]*)"', page.content.decode())
    assert found, page.content.decode()
    return dict(json.loads(html.unescape(found.group(1))))


def make_passkey(client: Any, key: SoftKey, name: str = "laptop") -> Any:
    """Go through both pages; the answer to the last one."""
    assert client.post(NEW, {"name": name, "present": PASSWORD}).headers["Location"] == MAKE
    return client.post(MAKE, {"credential": key.made(options_on(client.get(MAKE)))})


def at_the_door(login_id: str) -> Any:
    client = by_name(browser())
    assert client.post("/sign-in/", {"login": login_id, "password": PASSWORD}).headers["Location"] == SECOND
    return client


def test_a_passkey_is_made_and_opens_the_next_session(cast: dict[str, Any]) -> None:
    erin, key = by_name(sit_down(cast["erin"])), SoftKey()
    assert make_passkey(erin, key).headers["Location"] == ACCOUNT
    assert "laptop" in erin.get(ACCOUNT).content.decode()
    door = at_the_door("erin")
    answer = door.post(SECOND, {"credential": key.signed(options_on(door.get(SECOND)))})
    assert answer.status_code == 302
    assert door.get(ACCOUNT).status_code == 200
    assert LedgerSession.objects.latest("started_at").methods == ["password", "webauthn"]
    said = [event for event in events() if event["type"] == "signin.succeeded"]
    assert [event["detail"]["methods"] for event in said] == [["password", "webauthn"]]
    enrolled = [event for event in events() if event["type"] == "factor.enrolled"]
    assert [event["detail"]["type"] for event in enrolled] == ["webauthn"]


def test_somebody_without_an_app_has_a_second_factor_by_a_passkey(cast: dict[str, Any]) -> None:
    make_passkey(by_name(sit_down(cast["dave"])), key := SoftKey())
    assert has_factor(cast["dave"])
    page = (door := at_the_door("dave")).get(SECOND)
    assert "one-time-code" not in page.content.decode(), "no code is asked of one who has no app"
    assert door.get(ACCOUNT).status_code == 302, "the password alone opens nothing any more"
    door.post(SECOND, {"credential": key.signed(options_on(page))})
    assert LedgerSession.objects.filter(account=cast["dave"]).count() == 2


def test_the_page_says_where_passkeys_work(cast: dict[str, Any], settings: Any) -> None:
    erin = sit_down(cast["erin"])
    erin.defaults["HTTP_HOST"] = "127.0.0.1:8443"
    page = erin.get(ACCOUNT).content.decode()
    assert NEW not in page
    assert f'href="{ORIGIN}{ACCOUNT}"' in page
    for answer in (erin.get(NEW), erin.post(NEW, {"name": "laptop", "present": PASSWORD})):
        assert (answer.status_code, ORIGIN in answer.content.decode()) == (200, True)
    assert erin.get(MAKE).headers["Location"] == NEW
    settings.BASE_URL = "https://192.0.2.7:8443"
    assert "known by an address only" in erin.get(ACCOUNT).content.decode()


@pytest.mark.parametrize(
    ("base", "party"),
    [
        ("https://127.0.0.1:8443", PARTY),
        ("https://[::1]:8443", PARTY),
        ("https://localhost:8443", PARTY),
        ("https://fanghu.example", RelyingParty("fanghu.example", "https://fanghu.example")),
        ("https://fanghu.example:443", RelyingParty("fanghu.example", "https://fanghu.example")),
        ("https://192.0.2.7:8443", None),
        ("https://[2001:db8::1]:8443", None),
        ("", None),
    ],
)
def test_an_address_is_no_relying_party(base: str, party: RelyingParty | None) -> None:
    assert relying_party(base) == party


def test_a_wrong_password_makes_nothing(cast: dict[str, Any]) -> None:
    erin = by_name(sit_down(cast["erin"]))
    assert erin.post(NEW, {"name": "laptop", "present": "wrong"}).status_code == 200
    assert erin.get(MAKE).headers["Location"] == NEW
    answer = erin.post(MAKE, {"credential": SoftKey().made({"publicKey": {"challenge": bytes(32)}})})
    assert answer.headers["Location"] == NEW
    assert not Authenticator.objects.filter(type="webauthn").exists()


@pytest.mark.parametrize(
    "wrong",
    [
        {"origin": "https://localhost:9999"},
        {"origin": "https://evil.example"},
        {"origin": "http://localhost:8443"},
        {"party": "evil.example"},
        {"present": False},
    ],
    ids=str,
)
def test_an_answer_from_elsewhere_is_refused(cast: dict[str, Any], wrong: dict[str, Any]) -> None:
    erin, key = by_name(sit_down(cast["erin"])), SoftKey()
    assert make_passkey(erin, replace(key, **wrong)).headers["Location"] == NEW
    assert not Authenticator.objects.filter(type="webauthn").exists()
    assert events()[-1]["type"] == "factor.refused"
    make_passkey(erin, key)
    door = at_the_door("erin")
    elsewhere = replace(key, counter=5, **wrong)
    page = door.post(SECOND, {"credential": elsewhere.signed(options_on(door.get(SECOND)))})
    assert (page.status_code, "FH-SGN-01" in page.content.decode()) == (200, True)
    assert door.get(ACCOUNT).status_code == 302
    assert FailureCount.objects.get(pk=hash_of("erin")).failures == 1, "it counts like a wrong password"


def test_an_answer_is_taken_once(cast: dict[str, Any]) -> None:
    make_passkey(by_name(sit_down(cast["erin"])), key := SoftKey())
    door = at_the_door("erin")
    answer = key.signed(options_on(door.get(SECOND)))
    assert door.post(SECOND, {"credential": answer}).status_code == 302
    again = at_the_door("erin")
    again.get(SECOND)
    assert again.post(SECOND, {"credential": answer}).status_code == 200
    assert again.get(ACCOUNT).status_code == 302
    blind = at_the_door("erin")  # an answer to a page that never asked
    assert blind.post(SECOND, {"credential": answer}).status_code == 200
    assert blind.get(ACCOUNT).status_code == 302


def test_a_copied_key_is_found_by_its_counter(cast: dict[str, Any]) -> None:
    state = ask_new(cast["erin"], PARTY)
    key = SoftKey()
    now = datetime.now(UTC)
    assert add_passkey(cast["erin"], "key", key.made(state[0]), state[1], PARTY, by=BY, now=now)
    copy = replace(key)
    for holder, right in ((key, True), (key, True), (copy, False)):
        options, kept = ask_known(cast["erin"], PARTY)
        assert bool(by_passkey(holder.signed(options), kept, PARTY)(cast["erin"], now)) is right


def test_another_persons_passkey_is_worth_nothing(cast: dict[str, Any]) -> None:
    make_passkey(by_name(sit_down(cast["erin"])), SoftKey())
    make_passkey(by_name(sit_down(cast["dave"])), his := SoftKey())
    door = at_the_door("erin")
    assert door.post(SECOND, {"credential": his.signed(options_on(door.get(SECOND)))}).status_code == 200
    assert door.get(ACCOUNT).status_code == 302


@pytest.mark.parametrize("deed", ["moved", "exchanged"])
def test_a_row_changed_by_hand_opens_nothing(cast: dict[str, Any], deed: str) -> None:
    make_passkey(by_name(sit_down(cast["dave"])), his := SoftKey())
    make_passkey(by_name(sit_down(cast["erin"])), hers := SoftKey())
    row = Authenticator.objects.get(user_id=cast["dave"].pk)
    if deed == "moved":
        row.user_id = cast["erin"].pk
        row.save()
    else:
        erins = Authenticator.objects.get(user_id=cast["erin"].pk, type="webauthn")
        erins.data |= {"credential": row.data["credential"], "credential_id": row.data["credential_id"]}
        erins.save()
    door = at_the_door("erin")
    page = door.get(SECOND)
    options = options_on(page) if "data-options" in page.content.decode() else {"publicKey": {"challenge": bytes(32)}}
    assert door.post(SECOND, {"credential": his.signed(options)}).status_code == 200
    assert door.get(ACCOUNT).status_code == 302
    door = at_the_door("erin")
    page = door.get(SECOND).content.decode()
    assert ("data-options" in page) is (deed == "moved"), "her own stands as long as it was not touched"
    assert "one-time-code" in page
    assert hers.id != his.id


def test_one_credential_is_one_persons(cast: dict[str, Any]) -> None:
    make_passkey(by_name(sit_down(cast["erin"])), key := SoftKey())
    assert make_passkey(by_name(sit_down(cast["dave"])), key).headers["Location"] == NEW
    assert not has_factor(cast["dave"])


def test_a_factor_is_removed_by_password_and_never_the_last(cast: dict[str, Any]) -> None:
    erin = by_name(sit_down(cast["erin"]))
    make_passkey(erin, key := SoftKey())
    app, passkey = Authenticator.objects.filter(user_id=cast["erin"].pk).order_by("type")
    gone, stays = (f"/sign-in/account/factors/{row.pk}/remove/" for row in (app, passkey))
    assert erin.post(gone, {"present": "wrong"}).status_code == 200
    assert Authenticator.objects.filter(pk=app.pk).exists()
    assert erin.post(gone, {"present": PASSWORD}).headers["Location"] == ACCOUNT
    assert events()[-1]["type"] == "factor.removed"
    refused = erin.post(stays, {"present": PASSWORD})
    assert (refused.status_code, "FH-SGN-40" in refused.content.decode()) == (400, True)
    assert Authenticator.objects.filter(pk=passkey.pk).exists()
    door = at_the_door("erin")
    assert door.post(SECOND, {"code": code_for("erin")}).status_code == 200, "the removed app opens nothing"
    door = at_the_door("erin")
    assert door.post(SECOND, {"credential": key.signed(options_on(door.get(SECOND)))}).status_code == 302


def test_the_app_stays_while_the_passkey_cannot_be_used_here(cast: dict[str, Any]) -> None:
    make_passkey(by_name(sit_down(cast["erin"])), SoftKey())
    elsewhere = sit_down(cast["erin"])
    app = Authenticator.objects.get(user_id=cast["erin"].pk, type="totp")
    assert elsewhere.post(f"/sign-in/account/factors/{app.pk}/remove/", {"present": PASSWORD}).status_code == 400
    assert Authenticator.objects.filter(pk=app.pk).exists()


def test_somebody_elses_factor_is_none(cast: dict[str, Any]) -> None:
    alices = Authenticator.objects.get(user_id=cast["alice"].pk)
    path = f"/sign-in/account/factors/{alices.pk}/remove/"
    erin = by_name(sit_down(cast["erin"]))
    assert erin.get(path).status_code == 404
    assert erin.post(path, {"present": PASSWORD}).status_code == 404
    assert Authenticator.objects.filter(pk=alices.pk).exists()


@pytest.mark.parametrize(
    "kind", ["not json", "[]", "null", "{}", '{"id": 1, "rawId": {}, "response": []}', "[" * 9_000]
)
def test_whatever_a_browser_sends_is_only_wrong(cast: dict[str, Any], kind: str) -> None:
    erin, key = by_name(sit_down(cast["erin"])), SoftKey()
    made, (_options, state) = key.made(ask_new(cast["erin"], PARTY)[0]), ask_new(cast["erin"], PARTY)
    for answer in (kind, made[:-40], made.replace("response", "answer"), made.replace("attestationObject", "x")):
        assert not add_passkey(cast["erin"], "key", answer, state, PARTY, by=BY, now=datetime.now(UTC))
    make_passkey(erin, key)
    door = at_the_door("erin")
    signed = key.signed(options_on(door.get(SECOND)))
    for answer in (kind, signed.replace("authenticatorData", "x")):
        assert door.post(SECOND, {"credential": answer}).status_code == 200
    assert door.get(ACCOUNT).status_code == 302


@given(noise=some.binary(max_size=400))
def test_bytes_of_any_kind_are_no_passkey(noise: bytes) -> None:
    response = {"clientDataJSON": websafe_encode(noise), "attestationObject": websafe_encode(noise)}
    credential = {"id": "YQ", "rawId": "YQ", "type": "public-key", "response": response}
    state = {"challenge": "YWJj", "user_verification": None}
    assert made_of(credential, state, PARTY) is None


def test_the_browser_gets_no_secret_and_no_script_in_the_page(cast: dict[str, Any]) -> None:
    erin = by_name(sit_down(cast["erin"]))
    erin.post(NEW, {"name": "laptop", "present": PASSWORD})
    page = erin.get(MAKE)
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]
    assert not re.search(r"<script(?![^>]*\bsrc=)", page.content.decode())
    assert live.SECRET_KEY not in page.content.decode()
