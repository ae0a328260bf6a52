"""Signing in with script and without: the challenge is solved unseen, a lock shows its end, robots are told what to do."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from tests.journeys.conftest import Visits, keep_picture
from tests.journeys.people import PASSWORD, enrol_first, send
from tests.journeys.served import Served

pytestmark = pytest.mark.journey


def told(page: Page) -> str:
    """What the sign-in page says of the last attempt."""
    return page.locator(".notice.error").inner_text()


def test_the_challenge_is_solved_unseen_and_a_lock_shows_its_end(visits: Visits, served: Served) -> None:
    alice = visits.person()
    enrol_first(alice, str(served.enrolment), name="林愛麗", number="A001", login_id="alice")
    alice.wait_for_url(served.url + "/")
    said = []
    for login_id in ("alice", "nobody"):
        page = visits.person()
        page.goto("/sign-in/")
        for number in range(4):
            send(page, login=login_id, password=f"wrong-Password-{number}")
            said.append(told(page))
        keep_picture(page, f"sign-in-locked-{login_id}")
    known, unknown = said[:4], said[4:]
    assert known[:2] == unknown[:2]
    assert all("FH-SGN-01" in sentence for sentence in known[:2])
    assert all("+08:00" in sentence and "FH-SGN-02" in sentence for sentence in (*known[2:], *unknown[2:]))
    assert known[2] == known[3], "a lock does not grow longer"


def test_without_script_the_page_says_what_to_do(visits: Visits, served: Served) -> None:
    context = visits.browser.new_context(
        base_url=served.url, ignore_https_errors=True, locale="zh-TW", java_script_enabled=False
    )
    page = context.new_page()
    page.goto("/sign-in/")
    keep_picture(page, "sign-in-without-script")
    send_plain(page, login="alice", password=PASSWORD)
    assert "FH-SGN-30" in told(page)
    page.goto(str(page.locator("a[href*='without-script']").get_attribute("href")))
    assert "FH-SGN-36" in page.content(), "no mail is set up here"
    keep_picture(page, "without-script")
    context.close()


def send_plain(page: Page, **fields: str) -> None:
    """Fill and send as a browser without script does."""
    for name, value in fields.items():
        page.locator(f"main form [name={name}]").fill(value)
    page.locator("main form button.primary").click()
