"""Templates obey the strict content policy: no inline script or style; every posting form carries its token."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.layout.house import SRC, shown

TEMPLATES = tuple(sorted(SRC.glob("*/templates/**/*.html")))
RULES = {
    "inline <script>": re.compile(r"<script(?![^>]*\bsrc=)[^>]*>", re.IGNORECASE),
    "<style>": re.compile(r"<style\b", re.IGNORECASE),
    "style=": re.compile(r"<[^>]*\sstyle\s*=", re.IGNORECASE | re.DOTALL),
    "on…=": re.compile(r"<[a-z][^>]*\son[a-z]+\s*=", re.IGNORECASE | re.DOTALL),
    "hx-on": re.compile(r"\b(data-)?hx-on\b", re.IGNORECASE),
    "javascript: address": re.compile(r"=\s*[\"']?\s*javascript:", re.IGNORECASE),
    "another host": re.compile(
        r"<(script|link|img|iframe|form)\b[^>]*(src|href|action)\s*=\s*[\"']https?:", re.IGNORECASE
    ),
}
POSTING = re.compile(r"<form\b[^>]*\bmethod\s*=\s*[\"']?post\b.*?</form>", re.IGNORECASE | re.DOTALL)
TAGS = re.compile(r"{#.*?#}|{%\s*comment\s*%}.*?{%\s*endcomment\s*%}", re.DOTALL)


def faults(markup: str) -> list[str]:
    """What a template does that the content policy or the forgery check would refuse."""
    markup = TAGS.sub("", markup)
    bare = re.sub(r"{%.*?%}|{{.*?}}", "", markup, flags=re.DOTALL)
    found = [name for name, pattern in RULES.items() if pattern.search(bare)]
    if any("{% csrf_token %}" not in form for form in POSTING.findall(markup)):
        found.append("a posting form without {% csrf_token %}")
    return found


@pytest.mark.parametrize("template", TEMPLATES, ids=shown)
def test_a_template_obeys_the_content_policy(template: Path) -> None:
    assert faults(template.read_text("utf-8")) == []


@pytest.mark.parametrize(
    ("markup", "fault"),
    [
        ("<script>go()</script>", "inline <script>"),
        ("<p style='color:red'>", "style="),
        ("<style>p{}</style>", "<style>"),
        ("<button onclick='x()'>", "on…="),
        ("<a href='javascript:x()'>", "javascript: address"),
        ("<div hx-on:click='x()'>", "hx-on"),
        ("<link rel=stylesheet href='https://elsewhere/x.css'>", "another host"),
        ('<form method="post"><input></form>', "a posting form without {% csrf_token %}"),
    ],
)
def test_the_lint_sees_each_fault(markup: str, fault: str) -> None:
    assert fault in faults(markup)


def test_the_lint_lets_good_markup_pass() -> None:
    good = (
        '<script src="{% static "x.js" %}" defer></script><form method="post">{% csrf_token %}</form><p class="style">'
    )
    assert faults(good) == []
