"""Every form that changes something leaves exactly one event; one that is refused leaves nothing half-saved."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone

from fanghu.accounts.models import Account, AccountRole
from fanghu.approvals.models import Approval
from fanghu.assurance.actions import judge
from fanghu.events.doer import Doer
from fanghu.events.models import OutboxEvent
from fanghu.register.actions import delete_system, register_system, register_system_one
from fanghu.register.models import Person, System
from tests.cast import PASSWORD, browser, sit_down

NEW = "Plain-Basket-8-Orange"
Sit = Callable[[str], Any]


def told(client: Any, path: str, data: dict[str, Any]) -> int:
    """How many events one POST leaves."""
    before = OutboxEvent.objects.count()
    answer = client.post(path, data)
    assert answer.status_code in (200, 302), (path, answer.status_code)
    return OutboxEvent.objects.count() - before


def deeds() -> int:
    """How many events tell of anything but a refused page."""
    return sum(b'"access.refused"' not in bytes(body) for body in OutboxEvent.objects.values_list("body", flat=True))


@pytest.fixture
def house(cast: dict[str, Any]) -> dict[str, Any]:
    register_system_one(timezone.now())
    return cast


def test_deeds_on_accounts(house: dict[str, Any], client_as: Sit) -> None:
    alice, dave = client_as("alice"), house["dave"].pk
    person = Person.objects.create(number="S-77", name="Zed")
    made = {"person": str(person.pk), "login_id": "zed", "kind": "named", "roles": ["reviewer"]}
    for path, data in (
        ("/accounts/new/", made),
        (f"/accounts/{dave}/roles/", {"roles": ["owner", "reviewer"]}),
        (f"/accounts/{dave}/reset/", {}),
        (f"/accounts/{dave}/disable/", {"reason": "left"}),
        (f"/accounts/{dave}/enable/", {}),
    ):
        assert told(alice, path, data) == 1, path


def test_deeds_of_a_holder(house: dict[str, Any]) -> None:
    bob = browser()
    assert told(bob, "/sign-in/", {"login": "bob", "password": "wrong"}) == 1
    assert told(bob, "/sign-in/", {"login": "bob", "password": PASSWORD}) == 1
    sit_down(house["bob"])
    assert told(bob, "/sign-in/account/sessions/end-others/", {}) == 1
    assert told(bob, "/sign-in/account/password/", {"present": PASSWORD, "password": NEW, "again": NEW}) == 1
    assert told(bob, "/sign-in/out/", {}) == 1


def test_asking_and_deciding(house: dict[str, Any], client_as: Sit) -> None:
    erin, now = house["erin"], timezone.now()
    by = Doer("console", account=str(erin.pk), person=str(erin.person_id))
    register_system({"slug": "mail", "name": "Mail", "kind": "office"}, by=by, now=now)
    approval = delete_system("mail", "by mistake", by=by, now=now)
    bob = client_as("bob")
    form = {"shown": approval.content_hash, "decision": "approve", "read": "on"}
    assert told(bob, f"/approvals/{approval.pk}/", form) == 1
    assert bob.post(f"/approvals/{approval.pk}/", form).status_code == 400
    assert Approval.objects.get().state == "approved"
    assert not System.objects.filter(slug="mail").exists()


@pytest.mark.parametrize("who", ["carol", "dave", "bob", "mallory"])
def test_who_may_not_leaves_nothing(house: dict[str, Any], client_as: Sit, who: str) -> None:
    client, before = client_as(who), (deeds(), System.objects.count(), AccountRole.objects.count())
    for path, data in (
        ("/accounts/new/", {"login_id": "zed"}),
        (f"/accounts/{house['alice'].pk}/roles/", {"roles": []}),
        (f"/accounts/{house['alice'].pk}/disable/", {"reason": "x"}),
        (f"/accounts/{house['alice'].pk}/reset/", {"factor": "1"}),
        ("/assurance/judge/", {}),
        ("/assurance/drills/lockout/run/", {}),
        ("/register/official-text/", {}),
    ):
        answer = client.post(path, data)
        assert answer.status_code in (302, 403), (path, answer.status_code)
        assert answer.status_code == 403 or "/sign-in/" in answer["Location"], path
    assert before == (deeds(), System.objects.count(), AccountRole.objects.count())
    assert Account.objects.get(login_id="alice").state == "active"


def test_a_retired_system_stays_on_the_board_with_what_it_must_keep(house: dict[str, Any], client_as: Sit) -> None:
    now = timezone.now()
    by = Doer("console", account=str(house["erin"].pk), person=str(house["erin"].person_id))
    register_system({"slug": "mail", "name": "Mail", "kind": "office"}, by=by, now=now)
    System.objects.filter(slug="mail").update(retired_at=now)
    judge(by=by, now=now)
    carol = client_as("carol")
    assert "Mail" in carol.get("/").content.decode()
    page = carol.get("/system/mail/").content.decode()
    assert "4.1" in page
    assert "6.5" not in page
