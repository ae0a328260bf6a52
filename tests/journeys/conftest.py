"""A served product and a real browser that fails on any CSP violation or console error."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.journeys.served import Served

PICTURES = os.environ.get("FANGHU_PICTURES", "")  # a folder; pictures are kept for who asks, and of what failed
CHROMIUM = "/usr/bin/chromium"
QUIET = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
]  # fmt: skip


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One running product for the stories of a module."""
    product = Served(tmp_path_factory.mktemp("home")).start()
    yield product
    product.stop()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's Chromium."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield chromium
        chromium.close()


class Visits:
    """Opens browser contexts and gathers what went wrong on their pages."""

    def __init__(self, browser: Browser, served: Served) -> None:
        self.browser, self.served = browser, served
        self.contexts: list[BrowserContext] = []
        self.wrongs: list[str] = []

    def person(self, language: str = "zh-TW", *, dark: bool = False, width: int = 1360) -> Page:
        """A fresh browser, as one person would use it."""
        context = self.browser.new_context(
            base_url=self.served.url,
            ignore_https_errors=True,
            locale=language,
            color_scheme="dark" if dark else "light",
            viewport={"width": width, "height": 900},
        )
        context.set_default_timeout(15_000)
        self.contexts.append(context)
        page = context.new_page()
        page.on("console", self._heard)
        page.on("pageerror", lambda error: self.wrongs.append(f"{page.url}: {error}"))
        return page

    def _heard(self, message: object) -> None:
        kind, text = message.type, message.text  # type: ignore[attr-defined]
        if kind in {"error", "warning"} and "status of 4" not in text and "status of 5" not in text:
            self.wrongs.append(f"{message.page.url if message.page else ''}: {text}")  # type: ignore[attr-defined]


@pytest.fixture
def visits(browser: Browser, served: Served, request: pytest.FixtureRequest) -> Iterator[Visits]:
    """Browsers of this story; afterwards no page may have violated the CSP or logged an error."""
    opened, failed = Visits(browser, served), request.session.testsfailed
    yield opened
    for number, context in enumerate(opened.contexts):
        for page in context.pages:
            if opened.wrongs or request.session.testsfailed > failed or PICTURES:
                picture(page, f"last-{number}")
        context.close()
    assert opened.wrongs == []


def keep_picture(page: Page, name: str) -> None:
    """Keep a screenshot outside git where ``$FANGHU_PICTURES`` asks for it; the page is whole in either case."""
    page.wait_for_load_state()
    if PICTURES:
        picture(page, name)


def picture(page: Page, name: str) -> None:
    """A screenshot in ``$FANGHU_PICTURES`` (default ``/tmp/fanghu-pictures``)."""
    folder = Path(PICTURES or "/tmp/fanghu-pictures")
    folder.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=folder / f"{name}.png", full_page=True)
