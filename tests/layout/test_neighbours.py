"""An app's models, views and forms are its own: neighbours use its actions, collectors, rules and readings."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.layout.house import APPS, MODULES, SRC, shown

PRIVATE = {"models", "views", "forms"}
JOINERS = {"collectors.py"}  # the one place that may join across apps


def imported(path: Path) -> Iterator[str]:
    """Every dotted name that a module imports, late imports included."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def trespasses(path: Path) -> set[str]:
    """The private modules of other apps that ``path`` imports."""
    own, apps = path.relative_to(SRC).parts[0], {app.name for app in APPS}
    found = set()
    for name in imported(path):
        parts = name.split(".")
        if len(parts) >= 3 and parts[0] == "fanghu" and parts[1] in apps - {own} and parts[2] in PRIVATE:
            found.add(".".join(parts[:3]))
    return found


def test_nobody_reaches_into_a_neighbour() -> None:
    reached = {shown(p): sorted(t) for p in MODULES if p.name not in JOINERS and (t := trespasses(p))}
    assert not reached, "\n".join(f"{path}: {names}" for path, names in reached.items())


def test_the_check_sees_a_late_import_and_an_aliased_one(tmp_path: Path) -> None:
    late = SRC / "console" / "unwritten.py"
    code = tmp_path / "late.py"
    code.write_text("def f():\n    from fanghu.accounts import models as m\n    return m\n", "utf-8")
    assert "fanghu.accounts.models" in set(imported(code))
    assert late.relative_to(SRC).parts[0] == "console"
