"""The catalogue of our own events names every kind that any part of the product records (4.2)."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from fanghu.auditlog.catalogue import KINDS
from fanghu.auditlog.sentences import SENTENCES

SRC = Path(__file__).parents[2] / "src" / "fanghu"
KIND = re.compile(r"[a-z][a-z_]*\.[a-z][a-z_]*")
FILES = {"static.stamp"}
RECORDS = re.compile(r"^\s*from fanghu\.(events|accounts)\.actions import .*\b(record|end_and_tell)\b", re.MULTILINE)


def kinds_in(source: str) -> set[str]:
    """Every text of the form subject.action in a module that records events; kinds of approvals have names of their own."""
    tree = ast.parse(source)
    aside = {
        id(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign) and all(isinstance(t, ast.Name) and t.id.endswith("KIND") for t in node.targets)
    }
    return {
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and id(node) not in aside
        and isinstance(node.value, str)
        and KIND.fullmatch(node.value)
    }


def recorded() -> dict[str, str]:
    """Every kind of event that the code names where it records, and one place of it."""
    found: dict[str, str] = {}
    for path in sorted(SRC.rglob("*.py")):
        source = path.read_text("utf-8")
        if RECORDS.search(source):
            found |= dict.fromkeys(kinds_in(source), str(path.relative_to(SRC)))
    return found


def test_every_kind_in_the_code_is_in_the_catalogue() -> None:
    strange = {kind: at for kind, at in recorded().items() if kind not in KINDS | dict.fromkeys(FILES)}
    assert not strange, f"recorded, but not in auditlog/catalogue.py: {strange}"


def test_the_catalogue_names_nothing_that_no_code_records() -> None:
    assert KINDS.keys() <= recorded().keys()


def test_every_kind_has_a_sentence_of_its_own() -> None:
    assert KINDS.keys() <= SENTENCES.keys()


def test_the_check_sees_a_new_kind() -> None:
    assert kinds_in('record("door.opened" if door else "door.forced", by=by)') == {"door.opened", "door.forced"}
