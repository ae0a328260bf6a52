"""What every page stands in: who sees which menu, both languages, and an error page that needs nothing."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.contrib.staticfiles import finders

from tests.cast import browser


def menu(page: str) -> set[str]:
    """The paths in the menu of a page."""
    nav = re.search(r"<nav.*?</nav>", page, re.DOTALL)
    assert nav, "the page has no menu"
    return set(re.findall(r'href="([^"]+)"', nav[0]))


@pytest.mark.parametrize(
    ("who", "log", "accounts"),
    [("erin", True, True), ("alice", True, True), ("bob", True, True), ("carol", True, True), ("dave", False, False)],
)
def test_the_menu_shows_what_the_roles_allow(
    who: str, log: bool, accounts: bool, client_as: Callable[[str], Any]
) -> None:
    paths = menu(client_as(who).get("/").content.decode())
    assert {"/", "/work/", "/register/", "/approvals/"} <= paths
    assert ("/log/" in paths) is log
    assert ("/accounts/" in paths) is accounts


def test_the_menu_says_where_one_is(client_as: Callable[[str], Any]) -> None:
    page = client_as("carol").get("/work/").content.decode()
    assert re.findall(r'href="([^"]+)" aria-current="page"', page) == ["/work/"]


def test_a_visitor_is_led_to_the_sign_in_page_and_sees_no_menu(db: None) -> None:
    answer = browser().get("/", follow=True)
    page = answer.content.decode()
    assert answer.redirect_chain and "<nav" not in page
    assert 'type="password"' in page


def test_the_language_switch_changes_every_word_and_stays_on_the_page(client_as: Callable[[str], Any]) -> None:
    client = client_as("erin")
    answer = client.post("/i18n/setlang/", {"language": "zh-hant", "next": "/work/"}, follow=True)
    page = answer.content.decode()
    assert answer.request["PATH_INFO"] == "/work/"
    assert '<html lang="zh-Hant">' in page
    assert "我的工作" in page and "登出" in page
    assert "Sign out" not in page and "My work" not in page


def test_no_such_page_is_one_sentence_and_a_code(client_as: Callable[[str], Any]) -> None:
    answer = client_as("dave").get("/no-such-page/")
    assert answer.status_code == 404
    assert "FH-ACC-03" in answer.content.decode()


@pytest.mark.usefixtures("collected_static")
def test_the_error_page_needs_no_database() -> None:
    client = browser()  # no database is allowed in this test: every query fails
    client.cookies["__Host-fanghu"] = "a-session-that-cannot-be-read"
    client.raise_request_exception = False
    answer = client.get("/")
    page = answer.content.decode()
    assert answer.status_code == 500
    assert "FH-ERR-01" in page and "<h1>" in page
    assert "Traceback" not in page and "Database access" not in page


def test_style_and_script_stay_small() -> None:
    for path, most in (("shell/fanghu.css", 16_384), ("console/map.css", 4_096), ("shell/fanghu.js", 2_048)):
        found = finders.find(path)
        assert found and Path(found).stat().st_size <= most, path
