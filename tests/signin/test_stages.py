"""A sign-in kept open between its stages is worth nothing once the holder has changed what it went by."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from allauth.mfa.models import Authenticator

from fanghu.accounts.actions import disable_account, reset_sign_in
from fanghu.accounts.models import Account
from fanghu.events.doer import KEEPER
from fanghu.signin.attempts import attempt_password, standing_lock
from fanghu.signin.models import LedgerSession
from tests.cast import PASSWORD, browser, code_for, hashed
from tests.signin.test_enrolment import code_on

NEW, SECOND, FACTOR = "/sign-in/new-password/", "/sign-in/second-factor/", "/sign-in/set-up-factor/"
HERS, HIS = "Tall-Candle-4-Winter", "Plain-Basket-8-Orange"


def at_the_door(login_id: str) -> Any:
    """A browser that has given the right password and stands before the next stage."""
    client = browser()
    client.post("/sign-in/", {"login": login_id, "password": PASSWORD})
    return client


def take_factor(account: Any) -> None:
    Authenticator.objects.filter(user_id=account.pk).delete()


def test_whoever_handed_the_password_over_cannot_change_it_after_the_holder_did(cast: dict[str, Any]) -> None:
    Account.objects.filter(login_id="bob").update(must_change_password=True)
    mallory, bob = at_the_door("bob"), at_the_door("bob")
    assert mallory.get(NEW).status_code == 200
    assert bob.post(NEW, {"password": HIS, "again": HIS}).status_code == 302
    answer = mallory.post(NEW, {"password": HERS, "again": HERS})
    assert answer["Location"] == "/sign-in/"
    assert Account.objects.get(login_id="bob").check_password(HIS)
    assert LedgerSession.objects.count() == 1


def test_a_second_factor_is_not_replaced_from_a_stage_left_open(cast: dict[str, Any]) -> None:
    take_factor(cast["erin"])
    mallory, erin = at_the_door("erin"), at_the_door("erin")
    hers = mallory.get(FACTOR).content.decode()
    erin.post(FACTOR, {"code": code_on(erin.get(FACTOR).content.decode())})
    stands = Authenticator.objects.get(user_id=cast["erin"].pk)
    assert mallory.post(FACTOR, {"code": code_on(hers)})["Location"] == "/sign-in/"
    assert Authenticator.objects.get(user_id=cast["erin"].pk) == stands
    assert LedgerSession.objects.count() == 1


def test_a_password_reset_ends_the_wait_for_its_second_factor(cast: dict[str, Any]) -> None:
    mallory = at_the_door("erin")
    reset_sign_in(cast["erin"].pk, factor=False, by=KEEPER, now=datetime.now(UTC))
    assert mallory.post(SECOND, {"code": code_for("erin")})["Location"] == "/sign-in/"
    assert not LedgerSession.objects.exists()


def test_a_disabled_account_goes_no_further(cast: dict[str, Any]) -> None:
    Account.objects.filter(login_id="bob").update(must_change_password=True)
    bob = at_the_door("bob")
    disable_account(cast["bob"].pk, "left", by=KEEPER, now=datetime.now(UTC))
    assert bob.post(NEW, {"password": HIS, "again": HIS})["Location"] == "/sign-in/"
    assert Account.objects.get(login_id="bob").password == hashed()


def test_stages_are_not_skipped(cast: dict[str, Any]) -> None:
    alice = at_the_door("alice")
    for path in (NEW, FACTOR, "/sign-in/account/", "/", "/accounts/", "/sign-in/account/factor/"):
        assert "/sign-in/" in alice.get(path).headers.get("Location", ""), path
        assert alice.post(path, {"password": HERS, "again": HERS, "code": "123456"}).status_code == 302, path
    assert alice.post(SECOND, {"code": code_for("alice")}).status_code == 302
    assert alice.get("/sign-in/account/").status_code == 200


def test_the_longest_login_id_has_no_second_spelling(cast: dict[str, Any]) -> None:
    longest = "b" * 60
    Account.objects.filter(login_id="bob").update(login_id=longest)
    now = datetime.now(UTC)
    for _number in range(3):
        assert attempt_password(longest, "wrong", by=KEEPER, now=now) is None
    assert standing_lock(longest, now) is not None
    for spelling in (longest + "x", longest.upper() + "1", " " * 1_500 + longest, longest):
        assert attempt_password(spelling, PASSWORD, by=KEEPER, now=now) is None
