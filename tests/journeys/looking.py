"""What a browser and axe say of a page: its language, its heading, its width, its accessibility."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any

import axe_core_python
import polib
from playwright.sync_api import APIResponse, Page, Response

from tests.journeys import furnish
from tests.journeys.conftest import keep_picture
from tests.journeys.served import CHECKOUT

AXE = Path(axe_core_python.__file__).with_name("axe.min.js").read_text("utf-8")
ASK_AXE = """(rules) => axe.run({runOnly: rules, resultTypes: ['violations']}).then((said) =>
  said.violations.map((one) => [one.id, one.nodes.slice(0, 3).map((node) => node.html.slice(0, 120))]))"""
WCAG = {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]}
CONTRAST = {"type": "rule", "values": ["color-contrast"]}  # the one rule that the colour scheme decides
DATA = (
    *furnish.NAMES.values(), *(name for _slug, name, *_rest in furnish.SYSTEMS), furnish.FIRM, furnish.STATEMENT,
    furnish.NEW_NAME, furnish.LIST, furnish.SAFE, furnish.REASON, "防護", "繁體中文", "應變程序.pdf", "集團標準較嚴。",
    furnish.ORDERS, furnish.BANK, furnish.DISK, "依集團標準辦理。", "首次建檔", "金管證期字第1110366117號", "壞列", "也許", "公司基本事實",
)  # fmt: skip
BILINGUAL = re.compile(r"^\d+\.\d+\S* .+ · .+|^\S+ / [a-z -]+$")  # papers' titles and column names say both
WORD = re.compile(r"[A-Za-z]{2,}")
FACTS = """() => {
  const texts = [], walk = document.createTreeWalker(document.querySelector('main'), NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const text = walk.currentNode.data.trim(), holder = walk.currentNode.parentElement;
    const other = holder.closest('[lang]').lang !== document.documentElement.lang;
    if (text && !other && !holder.closest('code, pre, script, textarea')) texts.push(text);
  }
  const wide = [document.documentElement, ...document.querySelectorAll('main .panel')]
    .filter((box) => box.scrollWidth > (box.parentElement ? box.clientWidth : innerWidth) + 1)
    .map((box) => (box.querySelector('h1, h2') ?? box).textContent.trim().slice(0, 40));
  return {lang: document.documentElement.lang, headings: document.querySelectorAll('h1').length, wide, texts};
}"""
VARYING = re.compile(r'[0-9a-f]{16,}|(?<=value=")[\w.:+/=-]{30,}(?=")|(?<=name="next" value=")[^"]*|\d')
"""Ids, tokens, times, and where the language form leads back to: hidden, or as wide whatever they are."""
WHERE = re.compile(r'<title>.*?</title>| aria-current="[^"]*"', re.DOTALL)
"""How a frame says which page it holds."""


@cache
def english() -> list[str]:
    """Pieces of at least three words of every message whose translation differs: on zh-Hant pages they are left over."""
    pieces = set()
    for catalogue in CHECKOUT.glob("src/fanghu/*/locale/zh_Hant/LC_MESSAGES/django.po"):
        for entry in polib.pofile(str(catalogue)):
            if entry.msgstr != entry.msgid:
                pieces |= {piece.strip() for piece in re.split(r"%\(\w+\)s|%s|\{\w*\}", entry.msgid)}
    return [piece for piece in pieces if len(WORD.findall(piece)) >= 3]


def leftovers(texts: list[str], language: str) -> list[str]:
    """Texts of a page that are in the other language and are not data."""
    found = []
    for text in texts:
        bare = BILINGUAL.sub("", text)
        for datum in DATA:
            bare = bare.replace(datum, "")
        if language == "en-US" and re.search(r"[\u4e00-\u9fff]", bare):
            found.append(text)
        if language == "zh-TW" and len(WORD.findall(bare)) >= 3 and any(piece in bare for piece in english()):
            found.append(text)
    return found


def look(page: Page, name: str, language: str, rules: dict[str, Any] | None) -> list[str]:
    """What is wrong with the open page."""
    wrongs = []
    facts = page.evaluate(FACTS)
    if facts["lang"] != {"zh-TW": "zh-Hant", "en-US": "en"}[language]:
        wrongs.append(f"its language says {facts['lang']}")
    if facts["headings"] != 1:
        wrongs.append("it has no heading, or several")
    wrongs += [f"it scrolls sideways: {text}" for text in facts["wide"]]
    wrongs += [f"left over: {text}" for text in leftovers(facts["texts"], language)]
    if rules:
        if page.evaluate("typeof axe === 'undefined'"):
            page.evaluate(AXE)
        for rule, nodes in page.evaluate(ASK_AXE, rules):
            wrongs.append(f"axe {rule}: {nodes}")
    return [f"{name}: {wrong}" for wrong in wrongs]


def both_looks(page: Page, name: str, language: str) -> list[str]:
    """What is wrong with the open page in light and wide, then in dark and narrow."""
    wrongs = look(page, name, language, WCAG)
    keep_picture(page, f"page-{name}-{language[:2]}")
    darken(page)
    return wrongs + look(page, f"{name}, dark and narrow", language, CONTRAST)


def darken(page: Page) -> None:
    """As on a phone at night."""
    page.emulate_media(color_scheme="dark")
    page.set_viewport_size({"width": 400, "height": 900})


def lighten(page: Page) -> None:
    """As on a desk by day."""
    page.emulate_media(color_scheme="light")
    page.set_viewport_size({"width": 1360, "height": 900})


class Seen:
    """Frames and contents that a browser has shown in one look: what it knows both of, it need not lay out again.

    Kept apart, because a role changes the frame (menu, name) of every page and the contents (buttons) of some.
    """

    def __init__(self) -> None:
        self.parts: set[str] = set()

    def add(self, answer: Response | APIResponse) -> bool:
        """Whether the answer shows a frame or contents that were not seen before; now they are."""
        before, _main, rest = VARYING.sub("0", answer.text()).partition("<main")
        contents, _end, after = rest.partition("</main>")
        policy = VARYING.sub("0", answer.headers.get("content-security-policy", ""))
        parts = {f"frame {policy} {WHERE.sub('', before)} {after}", f"contents {answer.status} {contents}"}
        anew = bool(parts - self.parts)
        self.parts |= parts
        return anew
