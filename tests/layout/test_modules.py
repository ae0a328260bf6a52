"""Modules stay small, are named after nouns, and every package says in one sentence what it answers for."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from tests.layout.house import MODULES, PACKAGES, ROOT, SRC, shown

BANNED = {"core", "common", "utils", "util", "helpers", "helper", "services", "service", "manager", "managers", "misc"}
LONGEST = 500


def test_no_module_is_too_long_to_read() -> None:
    long = {shown(p): n for p in MODULES if (n := len(p.read_text("utf-8").splitlines())) > LONGEST}
    assert not long, f"past {LONGEST} lines, split by noun: {long}"


def test_no_name_says_nothing() -> None:
    assert [shown(p) for p in SRC.rglob("*") if p.stem in BANNED and "locale" not in p.parts] == []


@pytest.mark.parametrize("package", PACKAGES, ids=lambda p: p.name)
def test_a_package_says_what_it_answers_for(package: Path) -> None:
    tree = ast.parse((package / "__init__.py").read_text("utf-8"))
    sentence = ast.get_docstring(tree)
    assert sentence, f"{shown(package)}/__init__.py says nothing"
    assert len(sentence.split("\n\n")) == 1, "one sentence, not an essay"


@pytest.mark.parametrize("package", PACKAGES, ids=lambda p: p.name)
def test_the_map_shows_every_package(package: Path) -> None:
    tour = (ROOT / "docs" / "map.md").read_text("utf-8")
    assert re.search(rf"`(?:[\w/]*/)?{package.name}/?`", tour), f"docs/map.md does not mention `{package.name}/`"


def test_the_map_shows_no_package_that_is_gone() -> None:
    tour = (ROOT / "docs" / "map.md").read_text("utf-8")
    named = set(re.findall(r"^\|\s*`(\w+)/`", tour, flags=re.MULTILINE))
    assert named <= {p.name for p in PACKAGES}
