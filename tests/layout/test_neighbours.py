"""An app's models, views and forms are its own: neighbours use its actions, collectors, rules and readings."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import pytest

from tests.layout.house import APPS, MODULES, SRC, shown

PRIVATE = {"models", "views", "forms"}
JOINERS = {"collectors.py"}  # the one place that may join across apps
# The log's relay is the other half of the outbox: whoever delivers a row marks it delivered.
HALVES = {("auditlog", "fanghu.events.models")}


def annotations(tree: ast.AST) -> Iterator[ast.expr]:
    """Every expression that only says a type."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.returns:
            yield node.returns
        elif isinstance(node, ast.arg | ast.AnnAssign) and node.annotation:
            yield node.annotation


def used(tree: ast.AST) -> set[str]:
    """The names that a module uses for more than saying a type."""
    types = {id(part) for expression in annotations(tree) for part in ast.walk(expression)}
    return {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and id(node) not in types}


def imported(tree: ast.AST) -> Iterator[tuple[str, str]]:
    """Every dotted name that a module imports, late imports included, and the name it goes by there."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, alias.asname or alias.name.partition(".")[0]) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            yield from ((f"{node.module}.{alias.name}", alias.asname or alias.name) for alias in node.names)


def trespasses(source: str, own: str) -> set[str]:
    """The private modules of other apps that ``source``, a module of app ``own``, uses."""
    tree, apps = ast.parse(source), {app.name for app in APPS}
    names = used(tree)
    found = set()
    for dotted, name in imported(tree):
        parts = dotted.split(".")
        if (
            len(parts) >= 3
            and parts[0] == "fanghu"
            and parts[1] in apps - {own}
            and parts[2] in PRIVATE
            and name in names
        ):
            found.add(".".join(parts[:3]))
    return found - {module for app, module in HALVES if app == own}


def test_nobody_reaches_into_a_neighbour() -> None:
    reached = {}
    for path in MODULES:
        found = trespasses(path.read_text("utf-8"), path.relative_to(SRC).parts[0])
        if found and path.name not in JOINERS:
            reached[shown(path)] = sorted(found)
    assert not reached, "\n".join(f"{path}: {names}" for path, names in reached.items())


@pytest.mark.parametrize(
    "source",
    [
        "from fanghu.accounts.models import Account\nAccount.objects.all()",
        "def f():\n    from fanghu.accounts import models as m\n    return m.Account",
        "import fanghu.accounts.models\nfanghu.accounts.models.Account",
        "from fanghu.signin.forms import Enrol\nform: Enrol = Enrol()",
    ],
)
def test_the_check_sees_each_way_in(source: str) -> None:
    assert trespasses(source, "console")


def test_the_type_of_what_is_handed_over_may_be_named() -> None:
    assert not trespasses(
        "from fanghu.approvals.models import Approval\ndef f(a: Approval) -> Approval: ...", "register"
    )
