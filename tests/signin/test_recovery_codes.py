"""Recovery codes: shown once, each good once, void when new ones are made, and readable by nobody."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import Any

import pytest
from allauth.mfa.models import Authenticator

from fanghu.accounts.actions import reset_sign_in
from fanghu.events.doer import KEEPER
from fanghu.events.models import OutboxEvent
from fanghu.faults import Fault
from fanghu.signin.attempts import hash_of
from fanghu.signin.models import FailureCount, LedgerSession
from fanghu.signin.recovery import by_recovery_code, codes_left, make_codes
from tests.cast import PASSWORD, browser, sit_down
from tests.signin.test_locks import BY

ACCOUNT, CODES, SHOWN = (
    "/sign-in/account/", "/sign-in/account/recovery-codes/", "/sign-in/account/recovery-codes/shown/",
)  # fmt: skip
SECOND = "/sign-in/second-factor/"
CODE = re.compile(r"<code>([2-9a-z]{5}-[2-9a-z]{5})</code>")


def at_the_door(login_id: str) -> Any:
    client = browser()
    client.post("/sign-in/", {"login": login_id, "password": PASSWORD})
    return client


def make(client: Any) -> list[str]:
    assert client.post(CODES, {"present": PASSWORD}).headers["Location"] == SHOWN
    return CODE.findall(client.get(SHOWN).content.decode())


def types() -> list[str]:
    return [json.loads(row.body)["type"] for row in OutboxEvent.objects.order_by("created_at", "pk")]


def test_ten_codes_are_shown_once(cast: dict[str, Any]) -> None:
    erin = sit_down(cast["erin"])
    codes = make(erin)
    assert len(set(codes)) == 10
    assert erin.get(SHOWN).headers["Location"] == CODES, "not a second time"
    assert types() == ["recovery_codes.made"]
    stored = json.dumps(Authenticator.objects.get(type="recovery_codes").data)
    assert not any(code.replace("-", "") in stored for code in codes)
    assert not any(row.body.count(code.encode()) for row in OutboxEvent.objects.all() for code in codes)


@pytest.mark.parametrize("spelling", [str, str.upper, lambda code: f" {code.replace('-', ' ')} "])
def test_a_code_opens_one_session_and_is_used_up(cast: dict[str, Any], spelling: Any) -> None:
    code = make(sit_down(cast["erin"]))[3]
    door = at_the_door("erin")
    assert door.post(SECOND, {"recovery_code": spelling(code)}).status_code == 302
    page = door.get(ACCOUNT).content.decode()
    assert "9 recovery codes are left" in page, "its use is said at once"
    assert LedgerSession.objects.latest("started_at").methods == ["password", "recovery_codes"]
    event = json.loads(OutboxEvent.objects.get(pk=OutboxEvent.objects.latest("created_at").pk).body)
    assert (event["type"], event["detail"]["recovery_codes_left"]) == ("signin.succeeded", 9)
    again = at_the_door("erin")
    refused = again.post(SECOND, {"recovery_code": code})
    assert (refused.status_code, "FH-SGN-01" in refused.content.decode()) == (200, True)
    assert again.get(ACCOUNT).status_code == 302
    assert FailureCount.objects.get(pk=hash_of("erin")).failures == 1


def test_new_codes_make_the_old_ones_void(cast: dict[str, Any]) -> None:
    erin = sit_down(cast["erin"])
    old, new = make(erin), make(erin)
    assert not set(old) & set(new)
    assert at_the_door("erin").post(SECOND, {"recovery_code": old[0]}).status_code == 200
    assert at_the_door("erin").post(SECOND, {"recovery_code": new[0]}).status_code == 302


def test_a_wrong_password_makes_none(cast: dict[str, Any]) -> None:
    erin = sit_down(cast["erin"])
    assert erin.post(CODES, {"present": "wrong"}).status_code == 200
    assert codes_left(cast["erin"]) is None
    assert erin.get(SHOWN).headers["Location"] == CODES
    assert types() == ["signin.failed"]


def test_codes_stand_in_for_a_factor_and_never_alone(cast: dict[str, Any]) -> None:
    with pytest.raises(Fault) as refused:
        make_codes(cast["dave"], by=BY, now=datetime.now(UTC))
    assert refused.value.code == "FH-SGN-43"
    make(sit_down(cast["erin"]))
    given = reset_sign_in(cast["erin"].pk, factor=True, by=KEEPER, now=datetime.now(UTC))
    assert codes_left(cast["erin"]) is None, "a reset takes the codes with the factor"
    assert given


def test_a_code_moved_to_another_account_opens_nothing(cast: dict[str, Any]) -> None:
    now = datetime.now(UTC)
    code = make_codes(cast["erin"], by=BY, now=now)[0]
    held = Authenticator.objects.get(type="recovery_codes")
    held.user_id = cast["alice"].pk
    held.save()
    assert by_recovery_code(code)(cast["alice"], now) is None
    assert by_recovery_code(code)(cast["erin"], now) is None


def test_few_codes_left_are_said_on_the_page_and_at_sign_in(cast: dict[str, Any]) -> None:
    now = datetime.now(UTC)
    codes = make_codes(cast["erin"], by=BY, now=now)
    erin = sit_down(cast["erin"])
    for code in codes[:6]:
        assert by_recovery_code(code)(cast["erin"], now)
    assert "recovery codes are left" not in erin.get(ACCOUNT).content.decode()
    assert by_recovery_code(codes[6])(cast["erin"], now)
    assert "3 recovery codes are left" in erin.get(ACCOUNT).content.decode()


def test_guessing_codes_locks_as_guessing_passwords_does(cast: dict[str, Any]) -> None:
    code = make_codes(cast["erin"], by=BY, now=datetime.now(UTC))[0]
    door = at_the_door("erin")
    for guess in ("aaaaa-aaaaa", "bbbbb-bbbbb", "ccccc-ccccc"):
        assert door.post(SECOND, {"recovery_code": guess}).status_code == 200
    assert door.post(SECOND, {"recovery_code": code}).status_code == 200
    assert door.get(ACCOUNT).status_code == 302
    assert codes_left(cast["erin"]) == 10
