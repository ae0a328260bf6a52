"""``./run`` is the only entry point: it says what it can do, and wrong usage ends with 64."""

from __future__ import annotations

import re
import subprocess

import pytest

from tests.layout.house import ROOT


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([ROOT / "run", *arguments], capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.parametrize("arguments", [(), ("nonsense",)])
def test_wrong_usage_ends_with_64_and_prints_the_verbs(arguments: tuple[str, ...]) -> None:
    told = run(*arguments)
    assert told.returncode == 64
    assert "usage: ./run" in told.stderr


def test_help_is_an_answer_not_a_mistake() -> None:
    told = run("--help")
    assert told.returncode == 0
    for verb in ("up", "test", "check", "bench", "docs", "fanghu"):
        assert re.search(rf"^  {verb}\b", told.stdout, flags=re.MULTILINE)


@pytest.mark.parametrize("readme", ["README.md", "README.zh-Hant.md"])
def test_the_readme_names_the_two_commands_and_no_other_set_up(readme: str) -> None:
    text = (ROOT / readme).read_text("utf-8")
    assert "./run up" in text
    assert "./run test" in text
    assert not re.search(r"\bpip install|\bapt(-get)? install|virtualenv|python3? -m venv", text)
