"""A passkey in Chromium's own authenticator, and recovery codes, from the own account's page to the next sign-in."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any
from urllib.parse import urljoin

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import Visits, keep_picture
from tests.journeys.looking import both_looks
from tests.journeys.people import PASSWORD, Authenticator, send
from tests.journeys.served import CHECKOUT, Served

DEVICE = {
    "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
    "isUserVerified": True, "automaticPresenceSimulation": True,
}  # fmt: skip


def furnish(served: Served) -> dict[str, Any]:
    """Put the cast into a running product; what was made, by name."""
    ended = subprocess.run(
        [sys.executable, "-m", "tests.journeys.furnish"],
        env={**os.environ, **served.environment, "PYTHONPATH": f"{CHECKOUT}/src:{CHECKOUT}"},
        capture_output=True, text=True, check=False, timeout=300, cwd=CHECKOUT,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr[-3000:]
    return dict(json.loads(ended.stdout.splitlines()[-1]))


@pytest.fixture(scope="module")
def furnished(served: Served) -> dict[str, Any]:
    """The cast in the running product."""
    return furnish(served)


def with_device(page: Page) -> Page:
    """Give the browser an authenticator of its own, as a laptop has."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    session.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE})
    return page


def by_password(page: Page, served: Served, login_id: str) -> None:
    """The first stage of signing in, at the server's name."""
    page.goto(f"https://localhost:{served.port}/sign-in/")
    send(page, login=login_id, password=PASSWORD)
    page.wait_for_url("**/second-factor/")


def sign_out(page: Page) -> None:
    page.goto(urljoin(page.url, "/sign-in/out/"))
    page.locator("main button.primary").click()
    page.wait_for_url("**/sign-in/")


def both(page: Page, name: str) -> list[str]:
    """What is wrong with a page that no address leads to, in light and wide, dark and narrow."""
    wrongs = both_looks(page, name, "zh-TW")
    keep_picture(page, f"{name}-dark-400")
    page.emulate_media(color_scheme="light")
    page.set_viewport_size({"width": 1360, "height": 900})
    return wrongs


def test_a_passkey_and_recovery_codes(visits: Visits, served: Served, furnished: dict[str, Any]) -> None:
    from tests.cast import seed_for

    erin = with_device(visits.person())
    here = f"https://localhost:{served.port}"
    app = Authenticator(seed_for("erin"))
    by_password(erin, served, "erin")
    send(erin, code=app.code())
    erin.wait_for_url(here + "/")
    keep_picture(erin, "greeted")

    # a passkey: the password again, then what the browser asks
    erin.goto(here + "/sign-in/account/")
    erin.locator("a[href$='/passkeys/new/']").click()
    keep_picture(erin, "passkey-new")
    send(erin, name="筆電", present=PASSWORD)
    erin.wait_for_url("**/passkeys/make/")
    wrongs = both(erin, "passkey-make")
    erin.locator("form[data-passkey] button").click()
    erin.wait_for_url("**/sign-in/account/")
    expect(erin.locator("main")).to_contain_text("筆電")

    # ten recovery codes, once
    erin.locator("a[href$='/recovery-codes/']").click()
    keep_picture(erin, "codes")
    send(erin, present=PASSWORD)
    erin.wait_for_url("**/shown/")
    codes = erin.locator("ol.codes code").all_inner_texts()
    assert len(codes) == 10
    wrongs += both(erin, "codes-shown")
    erin.emulate_media(media="print")
    keep_picture(erin, "codes-printed")
    erin.emulate_media(media="screen")
    erin.goto(here + "/sign-in/account/")
    keep_picture(erin, "my-account")
    sign_out(erin)

    # the passkey opens the next session
    by_password(erin, served, "erin")
    wrongs += both(erin, "second-factor-passkey")
    assert not wrongs, "\n".join(wrongs)
    erin.locator("form[data-passkey] button").click()
    erin.wait_for_url(here + "/")
    expect(erin.locator("main")).to_contain_text("驗證器 App")  # how the session before it was begun
    sign_out(erin)

    # at a browser without the passkey a recovery code does, once
    other = with_device(visits.person("en-US", dark=True, width=400))
    by_password(other, served, "erin")
    other.locator("form[data-passkey] button").click()
    expect(other.locator("[data-passkey-said=stopped]")).to_be_visible()
    other.locator("details summary").click()
    keep_picture(other, "second-factor-narrow")
    other.locator("[name=recovery_code]").fill(codes[0].upper())
    other.locator("details button").click()
    other.wait_for_url(here + "/")
    expect(other.locator("main")).to_contain_text("9 recovery codes are left")
    other.goto(here + "/sign-in/account/")
    keep_picture(other, "my-account-narrow")
    by = visits.person("en-US")
    by_password(by, served, "erin")
    by.locator("details summary").click()
    by.locator("[name=recovery_code]").fill(codes[0])
    by.locator("details button").click()
    expect(by.locator(".summary")).to_contain_text("FH-SGN-01")


def test_at_an_address_the_page_says_where_passkeys_work(
    visits: Visits, served: Served, furnished: dict[str, Any]
) -> None:
    dave = visits.person("en-US")
    dave.context.add_cookies([{"name": furnished["cookie"], "value": furnished["cookies"]["dave"], "url": served.url}])
    dave.goto("/sign-in/account/")
    expect(dave.locator("main")).to_contain_text(f"https://localhost:{served.port}")
    dave.goto("/sign-in/account/passkeys/new/")
    expect(dave.locator("main a")).to_have_attribute("href", f"https://localhost:{served.port}/sign-in/account/")
    keep_picture(dave, "passkey-at-an-address")


@pytest.mark.parametrize("language", ["zh-TW", "en-US"])
def test_ones_own_pages_in_both_languages_and_looks(
    visits: Visits, served: Served, furnished: dict[str, Any], language: str
) -> None:
    here = f"https://localhost:{served.port}"
    alice = visits.person(language)
    cookie = {"name": furnished["cookie"], "value": furnished["cookies"]["alice"], "url": here}
    alice.context.add_cookies([{**cookie, "secure": True, "httpOnly": True, "sameSite": "Strict"}])  # type: ignore[list-item]
    wrongs = []
    for name, path in {"own": "", "own-passkey": "passkeys/new/", "own-codes": "recovery-codes/"}.items():
        alice.goto(f"{here}/sign-in/account/{path}")
        wrongs += both_looks(alice, name, language)
        keep_picture(alice, f"{name}-{language}-dark-400")
        alice.emulate_media(color_scheme="light")
        alice.set_viewport_size({"width": 1360, "height": 900})
    assert not wrongs, "\n".join(wrongs)
