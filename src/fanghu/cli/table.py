"""Text tables for a terminal: columns by display width, where a CJK character is two wide; no Django."""

from __future__ import annotations

import os
import unicodedata


def chinese() -> bool:
    """Whether this terminal's language is Chinese."""
    said = os.environ.get("LC_ALL") or os.environ.get("LC_MESSAGES") or os.environ.get("LANG") or ""
    return said.lower().startswith("zh")


def width(text: str) -> int:
    """How many columns ``text`` takes."""
    return sum(
        0 if unicodedata.combining(letter) else 2 if unicodedata.east_asian_width(letter) in "WF" else 1
        for letter in text
    )


def cut(text: str, most: int) -> str:
    """``text`` in at most ``most`` columns, an ellipsis where it was cut."""
    if width(text) <= most:
        return text
    taken, used = "", 0
    for letter in text:
        used += width(letter)
        if used > most - 1:
            break
        taken += letter
    return taken + "…"


def pad(text: str, columns: int) -> str:
    """``text`` cut or filled with spaces to ``columns`` columns."""
    shown = cut(text, columns)
    return shown + " " * (columns - width(shown))
