"""What people of the cast do in a browser: enrol, sign in, pass the second factor."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from playwright.sync_api import Page

PASSWORD = "Quiet-River-7-Stones"


@dataclass
class Authenticator:
    """An authenticator app: shows a code for the seed it was given, each only once."""

    seed: str
    used: int = 0
    now: Callable[[], datetime] = lambda: datetime.now(UTC)

    def code(self) -> str:
        """The next code that was not shown before (the server takes each once, and one step of clock drift)."""
        from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value

        step = max(int(self.now().timestamp()) // 30, self.used + 1)
        self.used = step
        return str(format_hotp_value(hotp_value(self.seed, step)))


def send(page: Page, **fields: str) -> None:
    """Fill the page's form by field name and send it."""
    form = page.locator("main form:has(button.primary)").first
    for name, value in fields.items():
        form.locator(f"[name={name}]").fill(value)
    if form.locator("[data-challenge]").count():  # the script works first, so the click alone does not lead on
        with page.expect_navigation():
            form.locator("button.primary").click()
    else:
        form.locator("button.primary").click()


def set_up_factor(page: Page) -> Authenticator:
    """Read the seed from the page, as one who cannot scan would, and confirm it."""
    seed = page.locator("code").first.inner_text().replace(" ", "")
    assert re.fullmatch(r"[A-Z2-7]{16,}", seed)
    app = Authenticator(seed)
    send(page, code=app.code())
    return app


def enrol_first(page: Page, link: str, *, name: str, number: str, login_id: str) -> Authenticator:
    """Use the one-time link, become the first administrator, arrive on the board."""
    page.goto(link)
    send(page, name=name, number=number, login_id=login_id, password=PASSWORD, again=PASSWORD)
    return set_up_factor(page)


def first_sign_in(page: Page, login_id: str, given: str, *, factor: bool) -> Authenticator | None:
    """Sign in with a temporary password: it must be changed, and the factor set up, before anything else."""
    page.goto("/sign-in/")
    send(page, login=login_id, password=given)
    page.locator("[name=again]").wait_for()  # the browser first works for its attempt
    page.goto("/")  # the board does not open before the change
    assert "/sign-in/" in page.url
    send(page, password=PASSWORD, again=PASSWORD)
    return set_up_factor(page) if factor else None


def sign_in_again(page: Page, login_id: str, app: Authenticator) -> None:
    """Sign in with password and second factor, as somebody does who was signed out."""
    page.goto("/sign-in/")
    send(page, login=login_id, password=PASSWORD)
    page.wait_for_url("**/second-factor/**")
    send(page, code=app.code())
    page.locator(".side").wait_for()
