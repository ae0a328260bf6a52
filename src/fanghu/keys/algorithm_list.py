"""The dated list against which algorithms are judged (8.3), read from ``algorithms.toml``; no Django."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Literal

Standing = Literal["sound", "unlisted", "refused", "ended", "short"]


@dataclass(frozen=True, slots=True)
class Entry:
    """What the list says of one algorithm; ``until`` is the last day of use, ``bits`` the least size of a key."""

    source: str
    refused: bool = False
    bits: int = 0
    until: date | None = None


@dataclass(frozen=True, slots=True)
class AlgorithmList:
    """The list, the day it was last reviewed against its sources, and the day by which it must be again."""

    reviewed: date
    review_by: date
    entries: dict[str, Entry]

    def standing(self, algorithm: str, bits: int, today: date) -> Standing:
        """How an algorithm with a key of ``bits`` (0: it has none, or a fixed one) stands on ``today``."""
        entry = self.entries.get(algorithm)
        if entry is None:
            return "unlisted"
        if entry.refused:
            return "refused"
        if entry.until is not None and today > entry.until:
            return "ended"
        return "short" if bits and bits < entry.bits else "sound"


@cache
def algorithm_list() -> AlgorithmList:
    """The list as shipped; KeyError when an entry names a source that the list does not."""
    kept = tomllib.loads(Path(__file__).with_name("algorithms.toml").read_text("utf-8"))
    entries = {
        name: Entry(kept["sources"][said["source"]], said.get("refused", False), said.get("bits", 0), said.get("until"))
        for name, said in kept["algorithms"].items()
    }
    return AlgorithmList(kept["reviewed"], kept["review_by"], entries)
