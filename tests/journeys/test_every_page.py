"""Every page, as every role, in both languages, light and dark, wide and narrow: what a browser and axe say of it."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import axe_core_python
import polib
import pytest
from playwright.sync_api import Page

from tests.journeys import furnish
from tests.journeys.conftest import Visits, keep_picture
from tests.journeys.people import PASSWORD, send
from tests.journeys.served import CHECKOUT, Served

AXE = Path(axe_core_python.__file__).with_name("axe.min.js").read_text("utf-8")
DOWNLOADS = {"log_kept_file", "log_published", "register_export", "document", "set_language"}
DATA = (
    *furnish.NAMES.values(), *(name for _slug, name, *_rest in furnish.SYSTEMS), furnish.FIRM, furnish.STATEMENT,
    furnish.NEW_NAME, furnish.LIST, furnish.SAFE, furnish.REASON, "防護", "繁體中文", "應變程序.pdf", "集團標準較嚴。",
    furnish.ORDERS, furnish.BANK, furnish.DISK, "依集團標準辦理。", "首次建檔", "金管證期字第1110366117號", "壞列", "也許", "公司基本事實",
)  # fmt: skip
WCAG = {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]}
CONTRAST = {"type": "rule", "values": ["color-contrast"]}  # the one rule that the colour scheme decides
BILINGUAL = re.compile(r"^\d+\.\d+\S* .+ · .+|^\S+ / [a-z -]+$")  # papers' titles and column names say both
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
PICTURED = {"board", "clause-6.5", "my_work", "register", "log", "account_login"}
TEXTS = """() => {
  const found = [], walk = document.createTreeWalker(document.querySelector('main'), NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const text = walk.currentNode.data.trim(), holder = walk.currentNode.parentElement;
    const other = holder.closest('[lang]').lang !== document.documentElement.lang;
    if (text && !other && !holder.closest('code, pre, script, textarea')) found.push(text);
  }
  return found;
}"""

TOO_WIDE = """() => [document.documentElement, ...document.querySelectorAll('main .panel')]
  .filter((box) => box.scrollWidth > (box.parentElement ? box.clientWidth : innerWidth) + 1)
  .map((box) => (box.querySelector('h1, h2') ?? box).textContent.trim().slice(0, 40))"""


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


@cache
def english() -> list[str]:
    """Pieces of at least three words of every message whose translation differs: on zh-Hant pages they are left over."""
    pieces = set()
    for catalogue in CHECKOUT.glob("src/fanghu/*/locale/zh_Hant/LC_MESSAGES/django.po"):
        for entry in polib.pofile(str(catalogue)):
            if entry.msgstr != entry.msgid:
                pieces |= {piece.strip() for piece in re.split(r"%\(\w+\)s|%s|\{\w*\}", entry.msgid)}
    return [piece for piece in pieces if len(re.findall(r"[A-Za-z]{2,}", piece)) >= 3]


def leftovers(texts: list[str], language: str) -> list[str]:
    """Texts of a page that are in the other language and are not data."""
    found = []
    for text in texts:
        bare = BILINGUAL.sub("", text)
        for datum in DATA:
            bare = bare.replace(datum, "")
        if language == "en-US" and re.search(r"[\u4e00-\u9fff]", bare):
            found.append(text)
        if language == "zh-TW" and any(piece in bare for piece in english()):
            found.append(text)
    return found


def look(page: Page, name: str, language: str, rules: dict[str, Any] | None) -> list[str]:
    """What is wrong with the open page."""
    wrongs = []
    lang = page.evaluate("document.documentElement.lang")
    if lang != {"zh-TW": "zh-Hant", "en-US": "en"}[language]:
        wrongs.append(f"its language says {lang}")
    if page.locator("h1").count() != 1:
        wrongs.append("it has no heading, or several")
    wrongs += [f"it scrolls sideways: {text}" for text in page.evaluate(TOO_WIDE)]
    wrongs += [f"left over: {text}" for text in leftovers(page.evaluate(TEXTS), language)]
    if rules:
        if page.evaluate("typeof axe === 'undefined'"):
            page.evaluate(AXE)
        said = page.evaluate("(rules) => axe.run({runOnly: rules, resultTypes: ['violations']})", rules)
        for one in said["violations"]:
            wrongs.append(f"axe {one['id']}: {[node['html'][:120] for node in one['nodes'][:3]]}")
    return [f"{name}: {wrong}" for wrong in wrongs]


def seated(visits: Visits, furnished: dict[str, Any], who: str, language: str = "zh-TW") -> Page:
    """A browser in which ``who`` is signed in."""
    page = visits.person(language)
    if who in furnished["cookies"]:
        cookie = {"name": furnished["cookie"], "value": furnished["cookies"][who], "url": visits.served.url}
        page.context.add_cookies([{**cookie, "secure": True, "httpOnly": True, "sameSite": "Strict"}])  # type: ignore[list-item]
    return page


def opened(page: Page, address: str) -> int:
    """Open an address; the status of the answer."""
    answer = page.goto(address)
    assert answer is not None
    return answer.status


@pytest.fixture
def pages(addresses: dict[str, str]) -> dict[str, str]:
    """Addresses that answer GET, and leave the visitor signed in."""
    return {name: address for name, address in addresses.items() if name not in POST_ONLY}


def both_looks(page: Page, name: str, language: str) -> list[str]:
    """What is wrong with the open page in light and wide, then in dark and narrow."""
    wrongs = look(page, name, language, WCAG)
    keep_picture(page, f"page-{name}-{language[:2]}")
    page.emulate_media(color_scheme="dark")
    page.set_viewport_size({"width": 400, "height": 900})
    return wrongs + look(page, f"{name}, dark and narrow", language, CONTRAST)


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
    visits: Visits, furnished: dict[str, Any], pages: dict[str, str], language: str
) -> None:
    """As the officer, who sees most, else as alice: axe in light and dark, no sideways scrolling, one language."""
    wrongs = []
    erin, alice, nobody = (seated(visits, furnished, who, language) for who in ("erin", "alice", "mallory"))
    for name, address in pages.items():
        page = nobody if name in {"account_login", "enrol-dead"} else erin
        status = opened(page, address)
        if status == 403:
            page = alice
            status = opened(page, address)
        if status != EXPECTED.get(name, 200):
            wrongs.append(f"{name}: it answers {status} at {address}")
        wrongs += look(page, name, language, WCAG if language == "zh-TW" else None)
        keep_picture(page, f"page-{name}-{language[:2]}")
        page.emulate_media(color_scheme="dark")
        page.set_viewport_size({"width": 400, "height": 900})
        wrongs += look(page, f"{name}, dark and narrow", language, CONTRAST if language == "en-US" else None)
        if name in PICTURED:
            keep_picture(page, f"page-{name}-{language[:2]}-dark-400")
        page.emulate_media(color_scheme="light")
        page.set_viewport_size({"width": 1360, "height": 900})
    assert not wrongs, "\n".join(wrongs)


@pytest.mark.parametrize("who", ["alice", "bob", "carol", "dave", "mallory"])
def test_every_page_as_every_role(visits: Visits, furnished: dict[str, Any], pages: dict[str, str], who: str) -> None:
    """Opened, or refused with a sentence and a code; never broken, never in the wrong language."""
    wrongs = []
    page = seated(visits, furnished, who)
    for name, address in pages.items():
        status = opened(page, address)
        if status >= 500:
            wrongs.append(f"{name}: it answers {status}")
        if status in {403, 404} and not re.search(r"FH-[A-Z]{3}-\d\d", page.inner_text("main")):
            wrongs.append(f"{name}: refused without a code")
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
