"""People using the console under the firm's conditions: let in, refused, signed out, told why."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from fanghu.access.conditions import in_force
from fanghu.access.jobs import sweep
from fanghu.access.models import RunCondition
from fanghu.accounts.models import Account
from fanghu.events.models import OutboxEvent
from fanghu.signin.models import LedgerSession
from tests.cast import PASSWORD, browser, sit_down

INSIDE = "/sign-in/account/"
Sit = Callable[[str], Any]
ELSEWHERE = ["192.0.2.0/24"]


def ended() -> list[str]:
    return list(LedgerSession.objects.exclude(ended_at=None).values_list("end_reason", flat=True))


def events(type_: str) -> list[dict[str, Any]]:
    decoded = [msgspec.json.decode(row.body) for row in OutboxEvent.objects.all()]
    return [event for event in decoded if event["type"] == type_]


def test_nothing_defined_means_the_shipped_default(cast: dict[str, Any], client_as: Sit) -> None:
    """Deny-safe: fifteen minutes and twelve hours hold before anybody confirms them."""
    assert in_force().version == 0
    bob = client_as("bob")
    LedgerSession.objects.update(seen_at=datetime.now(UTC) - timedelta(minutes=15))
    assert bob.get(INSIDE, follow=True).request["PATH_INFO"] == "/sign-in/"
    assert ended() == ["idle"]


def test_a_new_version_binds_the_next_request(client_as: Sit, define: Any) -> None:
    bob = client_as("bob")
    assert bob.get(INSIDE).status_code == 200
    define(sources=ELSEWHERE)
    refused = bob.get(INSIDE)
    assert refused.status_code == 403
    assert b"FH-USE-04" in refused.content
    define(sources="no-limit")
    assert bob.get(INSIDE).status_code == 302, "what has ended stays ended"
    assert ended() == ["source"]
    assert [event["detail"]["reason"] for event in events("session.ended")] == ["source"]


def test_a_sign_in_outside_opens_no_session(cast: dict[str, Any], define: Any) -> None:
    define(functions=["admin: administrator"])
    bob = browser()
    answer = bob.post("/sign-in/", {"login": "bob", "password": PASSWORD})
    assert answer.status_code == 403
    assert b"FH-USE-05" in answer.content
    assert not LedgerSession.objects.exists()
    assert [event["detail"]["reasons"] for event in events("session.refused")] == [["kind"]]
    assert bob.get(INSIDE).status_code == 302


def test_one_session_too_many_is_refused(cast: dict[str, Any], define: Any) -> None:
    define(sessions=1)
    first = sit_down(cast["bob"])
    assert first.get(INSIDE).status_code == 200
    second = browser().post("/sign-in/", {"login": "bob", "password": PASSWORD})
    assert b"FH-USE-07" in second.content
    assert first.get(INSIDE).status_code == 200


def test_a_resource_outside_is_refused_and_the_session_goes_on(client_as: Sit, define: Any) -> None:
    carol = client_as("carol")
    define(resources=["/register/"])
    assert b"FH-USE-08" in carol.get("/log/").content
    assert carol.get("/register/").status_code == 200
    assert carol.get(INSIDE).status_code == 200
    assert len(events("session.refused")) == 1


def test_the_sweeper_ends_what_nobody_asks_for(cast: dict[str, Any], client_as: Sit, define: Any) -> None:
    client_as("bob"), client_as("carol")
    LedgerSession.objects.filter(account=cast["bob"]).update(seen_at=datetime.now(UTC) - timedelta(minutes=20))
    sweep(datetime.now(UTC))
    assert ended() == ["idle"]
    define(functions=["named: reviewer"])
    sweep(datetime.now(UTC))
    assert sorted(ended()) == ["function", "idle"]
    sweep(datetime.now(UTC))
    assert len(events("session.ended")) == 2, "ending once leaves one event"


def test_the_sweeper_asks_no_more_for_many_sessions(cast: dict[str, Any], client_as: Sit) -> None:
    client_as("bob")
    sweep(datetime.now(UTC))
    with CaptureQueriesContext(connection) as one:
        sweep(datetime.now(UTC))
    for _each in range(4):
        client_as("bob"), client_as("carol")
    with CaptureQueriesContext(connection) as many:
        sweep(datetime.now(UTC))
    assert [q["sql"][:80] for q in many.captured_queries] == [q["sql"][:80] for q in one.captured_queries]


def test_deciding_costs_one_question_a_request(client_as: Sit, define: Any) -> None:
    """Beside what the ledger asks: only whether there is a new version."""
    define()
    bob = client_as("bob")
    bob.get(INSIDE)
    with CaptureQueriesContext(connection) as asked:
        bob.get(INSIDE)
    assert sum("definedvalue" in query["sql"] for query in asked.captured_queries) == 1


def test_a_condition_that_cannot_be_read_is_no_condition(define: Any) -> None:
    """It falls back to the default, never to nothing."""
    define(idle_minutes="for ever")
    assert in_force().version == 0
    assert in_force().condition.idle == timedelta(minutes=15)


def test_a_condition_written_over_in_the_database_is_no_condition(define: Any) -> None:
    """Only what a second person approved is enforced."""
    row = define()
    assert in_force().version == 1
    row.value, row.approved_at = {**row.value, "idle_minutes": "no-limit"}, datetime.now(UTC)
    row.save()
    assert in_force().version == 0
    assert in_force().condition.idle == timedelta(minutes=15)


def test_the_condition_of_a_run_binds_nobody_else(cast: dict[str, Any], client_as: Sit) -> None:
    """A row made for a run, even one forged for no run at all, changes nothing for people."""
    bob = client_as("bob")
    for run in ("", "0" * 32):
        RunCondition.objects.create(run=run, value={"idle_minutes": "no-limit"})
    LedgerSession.objects.update(seen_at=datetime.now(UTC) - timedelta(minutes=20))
    assert bob.get(INSIDE).status_code == 302
    assert ended() == ["idle"]


def test_a_canary_whose_run_is_over_gets_nowhere(cast: dict[str, Any], settings: Any) -> None:
    Account.objects.filter(pk=cast["bob"].pk).update(canary_run="1" * 32)
    bob = sit_down(Account.objects.get(pk=cast["bob"].pk))
    assert bob.get(INSIDE).status_code == 200
    settings.FANGHU_OPEN_RUNS = "fanghu.assurance.drilling.is_open"
    assert bob.get(INSIDE).status_code == 302


@pytest.mark.parametrize("who", ["erin", "bob", "carol", "dave"])
def test_the_page_shows_what_is_in_force_and_what_if(who: str, client_as: Sit, define: Any) -> None:
    define(idle_minutes=10)
    question = {"kind": "named", "role": "", "at": "2026-11-28T10:00", "source": "10.0.0.1", "idle": "12"}
    page = client_as(who).get("/access/", question)
    assert page.status_code == 200
    assert b"Idle time, minutes" in page.content
    assert b"idle too long" in page.content


def test_the_page_says_what_is_wrong_with_a_question(client_as: Sit) -> None:
    page = client_as("erin").get("/access/", {"kind": "named", "at": "yesterday", "source": "here", "idle": "-1"})
    assert page.status_code == 200
    assert page.content.count(b'class="wrong"') == 3
