"""The console's own pages, as each of the cast sees them."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

PATHS = (
    "/", "/?show=open", "/clauses/", "/clauses/?show=unknown", "/clause/6.5/", "/clause/6.7/", "/clause/6.7a/",
    "/clause/6.5/?on=2026-01-01", "/clause/6.5/?on=nonsense", "/system/fanghu/", "/work/",
)  # fmt: skip
Client = Callable[[str], Any]


def judge_all(at: datetime | None = None) -> None:
    from fanghu.assurance.actions import judge
    from fanghu.events.doer import KEEPER

    judge(None, by=KEEPER, now=at or datetime.now(UTC))


def add_systems(count: int) -> None:
    from django.apps import apps

    model, now = apps.get_model("register", "System"), datetime.now(UTC)
    model.objects.bulk_create(
        model(slug=f"trading-{n}", name=f"交易 {n}", kind="trading", created_at=now, changed_at=now)
        for n in range(count)
    )


@pytest.fixture
def judged(db: None) -> None:
    """System one, judged once by the keeper."""
    from fanghu.register.actions import register_system_one

    register_system_one(datetime.now(UTC))
    judge_all()


def test_an_empty_board_says_what_to_do(client_as: Client) -> None:
    page = client_as("erin").get("/").content.decode()
    assert "Nothing has been judged yet" in page
    assert "Describe the firm" in page and "strictest scope is assumed" in page


@pytest.mark.parametrize("who", ["erin", "carol", "dave"])
def test_every_page_opens_for_everybody_inside(who: str, judged: None, client_as: Client) -> None:
    visitor = client_as(who)
    for path in PATHS:
        answer = visitor.get(path)
        assert answer.status_code == 200, path
        assert "<h1></h1>" not in answer.content.decode()


@pytest.mark.parametrize("path", ["/clause/99.9/", "/clause/6.5z/", "/system/nowhere/"])
def test_what_does_not_exist_is_said_in_one_sentence(path: str, judged: None, client_as: Client) -> None:
    answer = client_as("erin").get(path)
    assert answer.status_code == 404
    assert b"FH-ACC-03" in answer.content


def test_every_cell_of_the_board_leads_to_its_evidence(judged: None, client_as: Client) -> None:
    visitor = client_as("bob")
    board = visitor.get("/").content.decode()
    links = re.findall(r"<td class=\w><a href=(/clause/[\w.]+/)#([\w-]+)>", board)
    assert len(links) > 60
    for path, anchor in links[::9]:
        assert f'id="{anchor}"' in visitor.get(path).content.decode(), (path, anchor)


def test_the_auditor_reads_and_is_offered_no_change(judged: None, client_as: Client) -> None:
    visitor = client_as("carol")
    for path in PATHS:
        page = visitor.get(path).content.decode()
        assert "/assurance/judge/" not in page and "/assurance/attest/" not in page and "/relief/" not in page


def test_the_officer_is_offered_a_document_only_where_nothing_testifies(judged: None, client_as: Client) -> None:
    visitor = client_as("erin")
    assert "/assurance/attest/5.1/system:fanghu/" in visitor.get("/clause/5.1/").content.decode()
    assert "/assurance/attest/6.5/" not in visitor.get("/clause/6.5/").content.decode()


def test_the_pages_speak_traditional_chinese(judged: None, client_as: Client) -> None:
    visitor = client_as("erin")
    visitor.defaults["HTTP_ACCEPT_LANGUAGE"] = "zh-hant"
    words = {
        "/": "態勢看板",
        "/clauses/": "條款",
        "/clause/6.5/": "防護如何判讀",
        "/system/fanghu/": "登錄內容",
        "/work/": "待我簽核",
    }
    for path, word in words.items():
        assert word in visitor.get(path).content.decode(), path


def test_as_of_a_day_the_page_says_what_was_said_then(db: None, client_as: Client) -> None:
    from fanghu.register.actions import register_system_one

    now = datetime.now(UTC)
    register_system_one(now - timedelta(days=9))
    judge_all(now - timedelta(days=9))
    visitor = client_as("erin")
    then = (now - timedelta(days=8)).date().isoformat()
    before = (now - timedelta(days=20)).date().isoformat()
    assert "Not judged again since" in visitor.get("/clause/6.5/").content.decode()
    page = visitor.get(f"/clause/6.5/?on={then}").content.decode()
    assert "This is what Fanghu said" in page and "Not judged again since" not in page
    assert "has not been judged yet" in visitor.get(f"/clause/6.5/?on={before}").content.decode()


def test_a_wait_for_sealing_and_a_silent_keeper_are_said_aloud(judged: None, client_as: Client) -> None:
    from django.apps import apps

    long_ago = datetime.now(UTC) - timedelta(hours=3)
    apps.get_model("events", "OutboxEvent").objects.update(created_at=long_ago)
    apps.get_model("jobs", "KeeperBeat").objects.update_or_create(pk=1, defaults={"at": long_ago})
    page = client_as("carol").get("/").content.decode()
    assert "wait to be sealed since" in page
    assert "The keeper has been silent since" in page


def test_a_change_of_scope_that_waits_is_announced_and_waits_for_the_other(
    judged: None, client_as: Client, cast: Any
) -> None:
    from fanghu.approvals.actions import ask
    from tests.assurance.conftest import doer

    payload = {"changes": {"fanghu": {"internet_facing": [None, False]}}}
    now = datetime.now(UTC)
    ask("register.systems", "fanghu", "Less scope", payload, "0" * 64, "why", by=doer(cast["erin"]), now=now)
    assert "1 change of scope waits" in client_as("carol").get("/").content.decode()
    assert "Less scope" in client_as("alice").get("/work/").content.decode().split("Required")[0]
    mine = client_as("erin").get("/work/").content.decode()
    assert "Nothing waits for you." in mine and "Asked by me" in mine
    assert "1 change of this system waits" in client_as("carol").get("/system/fanghu/").content.decode()


def test_fifty_systems_cost_no_more_queries_and_few_bytes(
    judged: None, client_as: Client, django_assert_max_num_queries: Any
) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    visitor, counted = client_as("erin"), {}
    for path in PATHS:
        visitor.get(path)
        with CaptureQueriesContext(connection) as few:
            visitor.get(path)
        counted[path] = len(few)
    add_systems(49)
    judge_all()
    for path in PATHS:
        with django_assert_max_num_queries(counted[path] + 1):
            answer = visitor.get(path, headers={"Accept-Encoding": "gzip"})
        assert len(answer.content) < 30_000, path


def test_every_printed_page_says_which_log_stands_behind_it(judged: None, client_as: Client) -> None:
    from fanghu.auditlog.actions import open_log
    from fanghu.console.navigation import sealed

    assert sealed() == "–" or sealed().split()[0].isdigit()
    open_log(datetime.now(UTC))
    size, root = sealed().split()
    assert int(size) > 0
    for path in ("/", "/work/", "/first-run/", "/clause/6.5/", "/system/fanghu/", "/assurance/drills/"):
        page = client_as("erin").get(path).content.decode()
        assert page.count('class="printed"') == 1
        assert f"{size} {root}" in page
