"""Every page, as every role, in both languages, light and dark, wide and narrow: what a browser and axe say of it."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from typing import Any

import pytest
from playwright.sync_api import Page, Response

from tests.journeys.conftest import Visits, keep_picture
from tests.journeys.looking import CONTRAST, WCAG, Seen, both_looks, darken, lighten, look
from tests.journeys.people import PASSWORD, send
from tests.journeys.served import CHECKOUT, Served

DOWNLOADS = {"log_kept_file", "log_published", "register_export", "document", "set_language"}
EXPECTED = {
    "no-such-page": 404,
    "enrol-dead": 400,
    "provoked_program": 404,
    "provoked_database": 404,
    "challenge": 405,
    "drills_run": 405,
    "log_export": 400,  # nothing is exported that was not searched for
    "review_empty": 405,
}
ASKS = {"Accept": "text/html", "Accept-Language": "zh-TW"}
PICTURED = {"board", "clause-6.5", "my_work", "register", "log", "account_login"}


@pytest.fixture(scope="module")
def furnished(served: Served) -> dict[str, Any]:
    """The product with people, systems, papers and a log in it."""
    made = subprocess.run(
        [sys.executable, "-m", "tests.journeys.furnish"],
        env={**served.environment, "PYTHONPATH": f"{CHECKOUT / 'src'}:{CHECKOUT}"},
        cwd=CHECKOUT, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert made.returncode == 0, made.stderr[-3000:]
    return dict(json.loads(made.stdout.splitlines()[-1]))


@pytest.fixture(scope="module")
def addresses(served: Served, furnished: dict[str, Any]) -> dict[str, str]:
    """Every page to look at by name; the URL map is asked, so a new page without a sample fails here."""
    duty, subject = furnished["relief"]
    samples: dict[str, dict[str, dict[str, Any]]] = {
        "clause": {"6.5": {"number": "6.5"}, "3.3": {"number": "3.3"}, "5.8": {"number": "5.8"}},
        "system": {"webtrade": {"slug": "webtrade"}, "fanghu": {"slug": "fanghu"}},
        "account": {"": {"account_id": furnished["account"]}, "own": {"account_id": furnished["own"]}},
        "approval": {
            "attest": {"approval_id": furnished["approval"]}, "relief": {"approval_id": furnished["relief_approval"]},
        },
        "attest": {"": {"duty": "5.8", "subject": "firm"}},
        "relief": {"": {"duty": duty, "subject": subject}},
        "drill": {"": {"name": furnished["drill"]}},
        "log_kept": {"": {"kept_id": furnished["kept"]}},
        "register_person": {"": {"person_id": furnished["person"]}},
        "register_system_edit": {"": {"slug": "webtrade"}, "one": {"slug": "fanghu"}},
        "register_system_retire": {"": {"slug": "webtrade"}},
        "register_system_delete": {"": {"slug": "webtrade"}},
        "register_import_check": {
            "good": {"table": "systems", "token": furnished["good"]},
            "bad": {"table": "systems", "token": furnished["bad"]},
        },
        "factor_remove": {"": {"factor_id": furnished["factor"]}},
        "enrol": {"dead": {"token": "x" * 43}},
        "endpoint": {"": {"pk": furnished["endpoint"]}},
        "endpoint_change": {"": {"pk": furnished["endpoint"]}},
        "flow_change": {"": {"pk": furnished["flow"]}},
        "definition": {
            "clock": {"key": "clock-sync", "subject": "system:fanghu"},
            "condition": {"key": "condition", "subject": "system:fanghu"},
        },
        "review_day": {"": {"system": "webtrade", "day": furnished["review_day"]}},
        "alarm": {"": {"pk": furnished["alarm"]}},
        "source": {"": {"pk": furnished["source"]}},
        "source_change": {"": {"pk": furnished["source"]}},
        "without_script": {"": {"purpose": "sign-in"}},
    }  # fmt: skip
    asked = subprocess.run(
        [sys.executable, "-c", f"DOWNLOADS = {DOWNLOADS!r}\n{ROUTES}", json.dumps(samples)],
        env=served.environment, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert asked.returncode == 0, asked.stderr[-2000:]
    found: dict[str, str] = json.loads(asked.stdout)
    return {**found, "log-found": "/log/?q=fztu", "no-such-page": "/no/such/page/"}


ROUTES = """
import django, json, sys
django.setup()
from django.urls import get_resolver, reverse
samples, pages, bare = json.loads(sys.argv[1]), {}, []
def walk(patterns):
    for entry in patterns:
        if hasattr(entry, "url_patterns"):
            walk(entry.url_patterns)
        elif entry.name and entry.name not in DOWNLOADS:
            needs = bool(entry.pattern.converters or entry.pattern.regex.groups)
            if entry.name in samples:
                for name, values in samples[entry.name].items():
                    pages[entry.name + ("-" + name if name else "")] = reverse(entry.name, kwargs=values)
            elif not needs:
                pages[entry.name] = reverse(entry.name)
            elif entry.name not in {"session_end", "account_roles", "account_disable", "account_enable",
                "account_reset", "approval_withdraw", "approval_adopt", "attestation_withdraw", "relief_end", "drill_run",
                "endpoint_probe", "endpoint_remove", "flow_remove", "check_out_take", "check_out_return", "stray_settle",
                "alarm_act", "alarm_close", "source_remove", "source_token", "source_token_revoke",
                "log_reader_end", "log_unsave", "retention_release", "retention_prune",
                "review_sign", "review_finding", "review_finding_close"}:
                bare.append(entry.name)
walk(get_resolver().url_patterns)
assert not bare, f"no sample for {bare}"
print(json.dumps(pages))
"""
POST_ONLY = {"judge_now", "log_reader_give", "log_save", "log_settle", "log_verify", "session_end_others"}


def seated(visits: Visits, furnished: dict[str, Any], who: str, language: str = "zh-TW") -> Page:
    """A browser in which ``who`` is signed in."""
    page = visits.person(language)
    if who in furnished["cookies"]:
        cookie = {"name": furnished["cookie"], "value": furnished["cookies"][who], "url": visits.served.url}
        page.context.add_cookies([{**cookie, "secure": True, "httpOnly": True, "sameSite": "Strict"}])  # type: ignore[list-item]
    return page


@pytest.fixture(scope="module")
def seen() -> Seen:
    """What a browser of this module has shown on a wide light screen in Chinese, to whomever."""
    return Seen()


def opened(page: Page, address: str) -> Response:
    """Open an address; the answer."""
    answer = page.goto(address)
    assert answer is not None
    return answer


@pytest.fixture
def pages(addresses: dict[str, str]) -> dict[str, str]:
    """Addresses that answer GET, and leave the visitor signed in."""
    return {name: address for name, address in addresses.items() if name not in POST_ONLY}


@pytest.mark.parametrize("language", ["zh-TW", "en-US"])
def test_the_first_enrolment(visits: Visits, served: Served, language: str) -> None:
    """The page behind the printed link, which lives only until the first administrator (so this story comes first)."""
    page = visits.person(language)
    page.goto(str(served.enrolment))
    wrongs = both_looks(page, "enrol", language)
    assert not wrongs, "\n".join(wrongs)


@pytest.mark.parametrize("language", ["zh-TW", "en-US"])
def test_the_second_factor(visits: Visits, furnished: dict[str, Any], language: str) -> None:
    """The page between password and session."""
    assert furnished["cookies"]
    page = visits.person(language)
    page.goto("/sign-in/")
    send(page, login="alice", password=PASSWORD)
    page.wait_for_url("**/second-factor/")
    wrongs = both_looks(page, "second-factor", language)
    assert not wrongs, "\n".join(wrongs)


@pytest.mark.parametrize("language", ["zh-TW", "en-US"])
def test_every_page_in_every_look(
    visits: Visits, furnished: dict[str, Any], pages: dict[str, str], seen: Seen, language: str
) -> None:
    """As the officer, who sees most, else as alice: axe in light and dark, no sideways scrolling, one language."""
    wrongs = []
    erin, alice, nobody = (seated(visits, furnished, who, language) for who in ("erin", "alice", "mallory"))
    for name, address in pages.items():
        page = nobody if name in {"account_login", "enrol-dead"} else erin
        answer = opened(page, address)
        if answer.status == 403:
            page = alice
            answer = opened(page, address)
        if answer.status != EXPECTED.get(name, 200):
            wrongs.append(f"{name}: it answers {answer.status} at {address}")
        wrongs += look(page, name, language, WCAG if language == "zh-TW" else None)
        keep_picture(page, f"page-{name}-{language[:2]}")
        if language == "zh-TW":
            seen.add(answer)
        darken(page)
        wrongs += look(page, f"{name}, dark and narrow", language, CONTRAST if language == "en-US" else None)
        if name in PICTURED:
            keep_picture(page, f"page-{name}-{language[:2]}-dark-400")
        lighten(page)
    assert not wrongs, "\n".join(wrongs)


@pytest.mark.parametrize("who", ["alice", "bob", "carol", "dave", "mallory"])
def test_every_page_as_every_role(
    visits: Visits, furnished: dict[str, Any], pages: dict[str, str], seen: Seen, who: str
) -> None:
    """Opened, or refused with a sentence and a code; never broken, never in the wrong language.

    Asked for without the browser first, which then shows what it has not shown yet.
    """
    wrongs = []
    page = seated(visits, furnished, who)
    for name, address in pages.items():
        answer = page.context.request.get(address, headers=ASKS)
        if answer.status >= 500:
            wrongs.append(f"{name}: it answers {answer.status}")
        if answer.status in {403, 404} and not re.search(r"<main.*FH-[A-Z]{3}-\d\d", answer.text(), re.DOTALL):
            wrongs.append(f"{name}: refused without a code")
        if seen.add(answer):
            shown = opened(page, address).status
            if shown != answer.status:
                wrongs.append(f"{name}: a browser gets {shown}, a plain request {answer.status}")
            wrongs += look(page, name, "zh-TW", None)
    assert not wrongs, "\n".join(wrongs)


def test_the_board_in_print(visits: Visits, furnished: dict[str, Any]) -> None:
    """On paper there is no menu, and the line with period and hash stands at the end."""
    page = seated(visits, furnished, "erin")
    page.goto("/")
    page.emulate_media(media="print")
    assert not page.locator(".side").is_visible()
    assert re.search(r"[0-9a-f]{32}", page.locator(".printed").inner_text())
    keep_picture(page, "page-board-print")
