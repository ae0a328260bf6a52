"""The regulation's official text is the firm's to load; it is nowhere in this project."""

from __future__ import annotations

import re
import subprocess

import pytest

from tests.layout.house import ROOT

SHARED = ROOT.parent / "shared" / "regulation"
LONGEST_SHARED_RUN = 20  # characters: longer than any title or term of art
CHINESE = re.compile(r"[\u4e00-\u9fff]+")


def runs(text: str) -> set[str]:
    """Every run of that many Chinese characters in ``text``, punctuation and line breaks taken out."""
    joined = "".join(CHINESE.findall(text))
    return {joined[at : at + LONGEST_SHARED_RUN] for at in range(len(joined) - LONGEST_SHARED_RUN + 1)}


def test_no_file_holds_a_sentence_of_it() -> None:
    official = sorted(SHARED.glob("self-regulation-*.zh-Hant.txt"))
    if not official:
        pytest.skip("the official text does not lie beside this checkout")
    sentences = runs("".join(path.read_text("utf-8") for path in official))
    assert sentences
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout.decode()
    holding = {}
    for name in filter(None, listed.split("\0")):
        path = ROOT / name
        if path.is_file() and (found := runs(path.read_text("utf-8", errors="replace")) & sentences):
            holding[name] = sorted(found)[:2]
    assert not holding
