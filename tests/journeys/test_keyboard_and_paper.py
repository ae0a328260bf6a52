"""Lists by keyboard alone, and what stands on paper."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import Visits, keep_picture
from tests.journeys.served import Served
from tests.journeys.test_every_page import seated
from tests.journeys.test_second_factors import furnish

HELD = "() => document.activeElement.closest('tr')?.innerText ?? ''"


@pytest.fixture(scope="module")
def furnished(served: Served) -> dict[str, Any]:
    """People, systems and papers in the running product."""
    return furnish(served)


def held(page: Page) -> str:
    """The text of the row that has the focus."""
    return str(page.evaluate(HELD))


def test_rows_by_j_k_and_enter(visits: Visits, furnished: dict[str, Any]) -> None:
    erin = seated(visits, furnished, "erin")
    erin.goto("/register/")
    rows = erin.locator("table.list tbody tr")
    first, second = rows.nth(0).inner_text(), rows.nth(1).inner_text()
    erin.keyboard.press("k")
    assert held(erin) == first, "from nowhere both keys go to the first row"
    erin.keyboard.press("j")
    assert held(erin) == second
    keep_picture(erin, "keyboard-row")
    erin.keyboard.press("k")
    erin.keyboard.press("k")
    assert held(erin) == first, "the first row is the end"
    link = rows.nth(0).locator("a").first.get_attribute("href")
    erin.keyboard.press("Enter")
    erin.wait_for_url(f"**{link}")


def test_an_article_is_folded_and_a_duty_opened(visits: Visits, furnished: dict[str, Any]) -> None:
    erin = seated(visits, furnished, "erin")
    erin.goto("/")
    duties = erin.locator("table.map tbody").first.locator("tr:not(.article)")
    erin.keyboard.press("j")
    erin.keyboard.press("j")
    assert held(erin) == duties.first.inner_text()
    erin.keyboard.press(" ")
    expect(duties.first).to_be_hidden()
    article = held(erin)
    assert "3" in article, "the focus stays with the article that was folded"
    erin.keyboard.press("j")
    assert "4" in held(erin), "what is folded is passed over"
    erin.keyboard.press("k")
    erin.keyboard.press(" ")
    expect(duties.first).to_be_visible()
    erin.keyboard.press("j")
    erin.keyboard.press("Enter")
    erin.wait_for_url(re.compile(r"/clause/3\.1/"))


def test_keys_in_a_field_are_letters(visits: Visits, furnished: dict[str, Any]) -> None:
    erin = seated(visits, furnished, "erin")
    erin.goto("/log/")
    erin.keyboard.press("/")
    erin.keyboard.type("jk /")
    field = erin.locator("input[name=q]")
    expect(field).to_be_focused()
    expect(field).to_have_value("jk /")
    erin.keyboard.press("Control+j")
    assert held(erin) == ""


@pytest.mark.parametrize("address", ["/", "/clause/6.5/", "/system/fanghu/"])
def test_paper_bears_who_when_and_the_hash(visits: Visits, furnished: dict[str, Any], address: str) -> None:
    erin = seated(visits, furnished, "erin")
    erin.goto(address)
    expect(erin.locator(".print-head")).to_be_hidden()
    erin.emulate_media(media="print")
    head = erin.locator(".print-head")
    expect(head).to_be_visible()
    assert re.search(r"erin 於 20\d\d-\d\d-\d\d \d\d:\d\d 列印 · " + re.escape(address), head.inner_text())
    assert re.search(r"[0-9a-f]{32}|[A-Za-z0-9+/]{43}=", erin.locator(".printed").inner_text())
    for part in (".side", "form button"):
        assert not any(one.is_visible() for one in erin.locator(part).all()), part
    keep_picture(erin, f"paper{address.replace('/', '-')}")
