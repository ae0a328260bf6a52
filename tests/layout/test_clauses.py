"""Every reading stands for one duty of the law, has its test, and judges every fact that is collected for it."""

from __future__ import annotations

import dataclasses
import importlib
import importlib.util
import re
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from fanghu.regulation import load
from tests.layout.house import ROOT, SRC, shown

NAME = re.compile(r"a(\d\d)/c(\d\d)([a-z]?)(?:_(\d+))?_([a-z][a-z0-9_]*)\.py$")
READINGS = tuple(sorted((SRC / "clauses").glob("a*/c*.py")))
each_reading = pytest.mark.parametrize("path", READINGS, ids=lambda p: p.stem)


def named(path: Path) -> tuple[str, str]:
    """The duty id and slug that a module's name says."""
    match = NAME.search(path.as_posix())
    assert match, f"{shown(path)} is not named aNN/cNN_slug.py"
    article, clause, letter, item, slug = match.groups()
    return f"{int(article)}.{int(clause)}{letter}" + (f".{item}" if item else ""), slug


def module_of(path: Path) -> ModuleType:
    """The imported reading."""
    return importlib.import_module("fanghu." + ".".join(path.relative_to(SRC).with_suffix("").parts))


def story_of(path: Path) -> ModuleType:
    """The reading's test module, loaded from where it must stand."""
    place = ROOT / "tests" / "clauses" / path.parent.name / f"test_{path.name}"
    assert place.exists(), f"{shown(path)} has no test {shown(place)}"
    spec = importlib.util.spec_from_file_location(f"layout_story_{path.stem}", place)
    assert spec and spec.loader
    story = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(story)
    return story


def changes_of(row: Any) -> dict[str, Any]:
    """What one row of BREAKS changes: the row itself, or the mapping among its parts."""
    if isinstance(row, dict):
        return row
    return next(part for part in row if isinstance(part, dict))


def fields_of(facts: Any) -> set[str]:
    """The fields of one facts class or of several."""
    classes = facts if isinstance(facts, tuple) else (facts,)
    return {field.name for cls in classes for field in dataclasses.fields(cls)}


def test_there_are_readings() -> None:
    assert READINGS


@each_reading
def test_a_reading_stands_for_one_duty_under_its_slug(path: Path) -> None:
    duty, slug = named(path)
    known = load("2022-12-30").duties
    assert duty in known
    assert known[duty].slug == slug


def test_no_duty_is_read_twice() -> None:
    duties = [named(path)[0] for path in READINGS]
    assert len(duties) == len(set(duties))


@each_reading
def test_a_reading_says_in_plain_words_what_is_met(path: Path) -> None:
    text = module_of(path).__doc__ or ""
    assert re.search(r"^Met when ", text, flags=re.MULTILINE), "the docstring says: Met when …"


@each_reading
def test_a_test_has_good_facts_and_breaks_every_field(path: Path) -> None:
    reading, story = module_of(path), story_of(path)
    assert hasattr(story, "GOOD")
    broken = {field for row in story.BREAKS for field in changes_of(row)}
    fields = fields_of(reading.facts)
    assert fields - broken == set(), "collected and never judged"
    assert broken <= fields, "broken, but no such fact"


@pytest.mark.parametrize("test", sorted((ROOT / "tests" / "clauses").glob("a*/test_c*.py")), ids=lambda p: p.stem)
def test_no_test_outlives_its_reading(test: Path) -> None:
    assert (SRC / "clauses" / test.parent.name / test.name.removeprefix("test_")).exists()
