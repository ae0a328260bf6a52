"""The gate before sign-in: what it refuses, how all refusals look alike, and that no password is tried before (6.8, 6.10)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from fanghu.events.doer import Doer
from fanghu.signin import deadline, proof_of_work
from fanghu.signin.attempts import attempt_password
from fanghu.signin.challenge import Purpose, bound_to, key
from fanghu.signin.models import FailureCount, SourceCount, SpentProof
from fanghu.signin.refusals import Refusal, told
from tests.cast import PASSWORD, browser, sit_down, solved
from tests.signin.test_cost import Counting

SIGN_IN, CHANGE = "/sign-in/", "/sign-in/account/password/"


@pytest.fixture
def counted(settings: Any) -> type[Counting]:
    """Passwords are checked by the counting hasher, whose count begins here."""
    settings.PASSWORD_HASHERS = [f"{Counting.__module__}.Counting"]
    attempt_password("first-of-all", "warms up", by=Doer("console"), now=timezone.now())
    FailureCount.objects.all().delete()
    Counting.checks = 0
    return Counting


def said(client: Any, fields: dict[str, str], path: str = SIGN_IN) -> str:
    """What the page says after a form was sent."""
    return str(client.post(path, fields, follow=True).content.decode())


def test_without_a_proof_the_right_password_gets_nowhere(cast: dict[str, Any], counted: type[Counting]) -> None:
    robot = browser()
    assert "FH-SGN-30" in said(robot, {"login": "bob", "password": PASSWORD, "proof": ""})
    assert robot.get("/sign-in/account/").status_code == 302
    assert counted.checks == 0
    assert not FailureCount.objects.exists()


def test_a_proof_is_taken_once_for_its_id_and_its_purpose(cast: dict[str, Any], counted: type[Counting]) -> None:
    bob, good = browser(), {"login": "bob", "password": PASSWORD}
    spent = solved(bob, SIGN_IN, {"login": "bob", "password": "wrong"})["proof"]
    assert "FH-SGN-01" in said(bob, {"login": "bob", "password": "wrong", "proof": spent})
    assert "FH-SGN-32" in said(bob, {**good, "proof": spent})
    others = solved(bob, SIGN_IN, {"login": "carol"})["proof"]
    assert "FH-SGN-30" in said(bob, {**good, "proof": others})
    changes = solved(bob, CHANGE, {})["proof"]
    assert "FH-SGN-30" in said(bob, {**good, "proof": changes})
    late = proof_of_work.given(
        key(), "sign-in", bound_to(Purpose.SIGN_IN, "bob"), 9_999, timezone.now() - timedelta(days=1)
    )
    assert "FH-SGN-30" in said(bob, {**good, "proof": late})
    assert counted.checks == 1


def test_a_cheap_proof_kept_for_later_is_too_cheap(cast: dict[str, Any]) -> None:
    bob = browser()
    kept = [solved(bob, SIGN_IN, {"login": "bob"})["proof"] for _number in range(2)]
    for _number in range(2):
        said(bob, {"login": "bob", "password": "wrong"})
    assert "FH-SGN-33" in said(bob, {"login": "bob", "password": PASSWORD, "proof": kept[0]})
    assert "FH-SGN-33" not in said(bob, {"login": "bob", "password": PASSWORD})


def test_the_challenge_grows_dearer_for_known_and_unknown_alike(cast: dict[str, Any]) -> None:
    client = browser()

    def cost(login_id: str, place: str) -> int:
        asked = client.post("/sign-in/challenge/", {"purpose": "sign-in", "login": login_id}, REMOTE_ADDR=place)
        return int(asked.json()["cost"])

    costs: dict[str, list[int]] = {"bob": [], "nobody": []}
    for login_id, seen in costs.items():
        for _number in range(4):
            seen.append(cost(login_id, "192.0.2.9"))
            client.post(SIGN_IN, {"login": login_id, "password": "wrong"})
    assert costs["bob"] == costs["nobody"] == [50, 50, 100, 200]
    assert cost("erin", "127.0.0.1") > cost("erin", "192.0.2.9"), "failures of the source count too"


def test_a_lock_shows_its_end_whoever_it_names_and_costs_no_hash(cast: dict[str, Any], counted: type[Counting]) -> None:
    pages = []
    for number, login_id in enumerate(("bob", "nobody")):
        client = browser()
        for _number in range(3):
            last = client.post(SIGN_IN, {"login": login_id, "password": "wrong"}, REMOTE_ADDR=f"192.0.2.{number}")
        before = counted.checks
        during = client.post(SIGN_IN, {"login": login_id, "password": PASSWORD}, REMOTE_ADDR=f"192.0.2.{number}")
        assert counted.checks == before
        token = during["Location"].partition("again=")[2]
        refusal = told(token)
        assert refusal is not None
        assert refusal.until is not None
        assert refusal.code == "FH-SGN-02"
        assert timedelta(minutes=14) < refusal.until - timezone.now() < timedelta(minutes=15)
        assert sorted(last.headers) == sorted(during.headers)
        assert len(last["Location"]) == len(during["Location"])
        text = client.get(during["Location"]).content.decode()
        assert "+08:00 (FH-SGN-02)" in text
        pages.append(text.replace(token, "").replace(refusal.said(), "").split("csrf")[0])
    assert pages[0] == pages[1]


def test_nobody_makes_the_page_say_what_we_did_not() -> None:
    token = Refusal("FH-SGN-02", timezone.now()).token()
    assert told(token) is not None
    for other in ("", "FH-SGN-02.0000000000", token[:-1] + "x", token.replace("02", "31", 1), "。", "a.b.c"):
        assert told(other) is None


def test_another_sites_form_does_not_count_against_the_visitor(cast: dict[str, Any]) -> None:
    from django.test import Client

    victim = Client(enforce_csrf_checks=True, **{"wsgi.url_scheme": "https", "SERVER_PORT": "443"})
    answer = victim.post(SIGN_IN, {"login": "bob", "password": "x"}, headers={"origin": "https://evil.invalid"},
                         content_type="application/x-www-form-urlencoded")  # fmt: skip
    assert answer.status_code == 403
    assert not SourceCount.objects.exists()


def test_a_form_sent_in_parts_meets_the_same_refusal(cast: dict[str, Any]) -> None:
    """The gate reads plain forms; what comes as multipart is weighed by the view."""
    from django.test import Client

    parts = Client(HTTP_ACCEPT_LANGUAGE="en", **{"wsgi.url_scheme": "https", "SERVER_PORT": "443"})
    answer = parts.post(SIGN_IN, {"login": "bob", "password": PASSWORD})
    assert "FH-SGN-30" in parts.get(answer["Location"]).content.decode()
    solved_parts = solved(browser(), SIGN_IN, {"login": "bob", "password": PASSWORD})
    assert parts.post(SIGN_IN, solved_parts)["Location"] == "/"


def test_a_password_is_not_changed_without_a_proof(cast: dict[str, Any]) -> None:
    dave, new = sit_down(cast["dave"]), "Plain-Basket-8-Orange"
    form = {"present": PASSWORD, "password": new, "again": new}
    assert "FH-SGN-30" in said(dave, {**form, "proof": ""}, CHANGE)
    cast["dave"].refresh_from_db()
    assert cast["dave"].check_password(PASSWORD)
    assert "FH-SGN-30" not in said(dave, form, CHANGE)
    cast["dave"].refresh_from_db()
    assert cast["dave"].check_password(new)


def test_spent_proofs_go_after_a_day(cast: dict[str, Any]) -> None:
    from fanghu.signin.challenge import KEPT
    from fanghu.signin.jobs import forget_old_attempts

    said(browser(), {"login": "bob", "password": "wrong"})
    forget_old_attempts(timezone.now())
    assert SpentProof.objects.count() == 1
    forget_old_attempts(timezone.now() + KEPT + timedelta(minutes=1))
    assert not SpentProof.objects.exists()


def test_answers_wait_for_the_deadline_or_its_next_multiple() -> None:
    assert deadline.remaining(0.1, 0.4) == pytest.approx(0.3)
    assert deadline.remaining(0.5, 0.4) == pytest.approx(0.3)
    assert deadline.remaining(0.4, 0.4) == pytest.approx(0)
    assert deadline.remaining(0.3, 0) == 0


def test_only_attempts_wait(cast: dict[str, Any], settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []
    monkeypatch.setattr(deadline.time, "sleep", waits.append)
    settings.FANGHU_SIGNIN_DEADLINE = 30
    client = browser()
    client.get(SIGN_IN)
    client.post(SIGN_IN, {"login": "bob", "password": "wrong", "proof": ""})
    assert waits == []
    client.post(SIGN_IN, {"login": "bob", "password": "wrong"})
    client.post(SIGN_IN, {"login": "nobody", "password": "wrong"})
    assert len(waits) == 2
    assert all(29 < wait < 30 for wait in waits)
