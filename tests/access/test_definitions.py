"""What the firm may define, and the mistakes that would shut everybody out."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from django.apps import apps

from fanghu.access.conditions import KEY, SHIPPED, SYSTEM_ONE, in_force
from fanghu.access.definitions import check, check_asker, default
from fanghu.approvals.actions import decide
from fanghu.events.doer import Doer
from fanghu.faults import Fault
from fanghu.register.actions import register_system_one
from fanghu.register.defining import ask_to_define
from fanghu.regulation.scope import SystemFacts
from fanghu.signin.models import LedgerSession
from fanghu.testimony import Subject
from tests.cast import sit_down

NOW = datetime.now(UTC)


def doer(account: Any) -> Doer:
    session = LedgerSession.objects.filter(account=account).first()
    return Doer("console", str(account.pk), str(account.person_id), "127.0.0.1", str(session.pk) if session else "")


def test_the_shipped_default_is_allowed() -> None:
    check(SHIPPED)


def doer_of_session(account: Any) -> Doer:
    sit_down(account)
    return doer(account)


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"idle_minutes": "no-limit", "longest_hours": "no-limit"}, "FH-USE-10"),
        ({"idle_minutes": 0}, "FH-USE-11"),
        ({"idle_minutes": 721}, "FH-USE-11"),
        ({"longest_hours": 25}, "FH-USE-12"),
        ({"hours": ["some day"]}, "FH-USE-13"),
        ({"functions": ["everybody"]}, "FH-USE-14"),
        ({"functions": ["king: officer"]}, "FH-USE-14"),
        ({"sources": ["10.1.0.1/16"]}, "FH-USE-15"),
        ({"sources": ["the office"]}, "FH-USE-15"),
        ({"sessions": 0}, "FH-USE-16"),
        ({"sessions": 1.5}, "FH-USE-16"),
        ({"resources": ["register"]}, "FH-USE-17"),
    ],
)
def test_what_cannot_be_is_refused(wrong: dict[str, Any], code: str) -> None:
    with pytest.raises(Fault) as refused:
        check({**SHIPPED, **wrong})
    assert refused.value.code == code


@pytest.mark.parametrize(
    "locking_out",
    [{"sources": ["192.0.2.0/24"]}, {"functions": ["admin: administrator"]}, {"resources": ["/log/"]}],
)
def test_nobody_locks_themselves_out(cast: dict[str, Any], locking_out: dict[str, Any]) -> None:
    sit_down(cast["erin"])
    value = {**SHIPPED, **locking_out}
    with pytest.raises(Fault) as refused:
        check_asker(value, SYSTEM_ONE, doer(cast["erin"]), NOW)
    assert refused.value.code == "FH-USE-18"
    check_asker(value, Subject.system("trading"), doer(cast["erin"]), NOW)


def test_one_asks_another_approves_and_it_is_in_force(cast: dict[str, Any]) -> None:
    """End to end: asked by erin, approved by bob, and the next decision goes by it."""
    register_system_one(NOW)
    apps.get_model("register", "Firm").objects.update_or_create(
        pk=1, defaults={"kind": "futures_firm", "has_ciso": True, "tier": 1, "changed_at": NOW}
    )
    sit_down(cast["erin"])
    value = {**SHIPPED, "idle_minutes": 10, "sources": ["127.0.0.0/8"]}
    approval = ask_to_define(KEY, SYSTEM_ONE, value, "quarterly review", by=doer(cast["erin"]), now=NOW)
    assert in_force().version == 0
    decide(approval.pk, True, "", by=doer(cast["bob"]), now=NOW)
    standing = in_force()
    assert standing.version == 1
    assert standing.condition.idle is not None
    assert standing.condition.idle.total_seconds() == 600


def test_whoever_approves_is_not_locked_out_either(cast: dict[str, Any]) -> None:
    """Asked from an office that bob, who is to approve, does not sit in."""
    register_system_one(NOW)
    bob = replace(doer_of_session(cast["bob"]), place="10.9.9.9")
    value = {**SHIPPED, "sources": ["127.0.0.0/8"]}
    approval = ask_to_define(KEY, SYSTEM_ONE, value, "head office only", by=doer_of_session(cast["erin"]), now=NOW)
    with pytest.raises(Fault) as refused:
        decide(approval.pk, True, "", by=bob, now=NOW)
    assert refused.value.code == "FH-USE-18"
    assert in_force().version == 0


def test_only_system_one_ships_with_a_default() -> None:
    facts = SystemFacts(slug="trading", is_core=True, kind="ordering")  # type: ignore[call-arg]
    assert default(facts) is None
