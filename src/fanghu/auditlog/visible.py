"""Text from outside as it can be shown: what steers a terminal, turns the direction of writing, hides or ends a line is spelled out.

These are the letters of the Unicode categories Cc, Cf, Cs, Zl and Zp (CWE-150, Unicode TR 36 section 3). Pure.
"""

from __future__ import annotations

import json
from unicodedata import category

HIDDEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


def visible(text: str, *, but: str = "") -> str:
    r"""``text`` with each of them as Python escapes it, those in ``but`` apart.

    >>> print(visible("root\u202e\x1b[2J\n王"))
    root\u202e\x1b[2J\n王
    """
    if text.isprintable():
        return text
    return "".join(
        letter.encode("unicode_escape").decode() if category(letter) in HIDDEN and letter not in but else letter
        for letter in text
    )


def visible_json(value: object, *, indent: int | None = None) -> str:
    r"""JSON that says the same, with each of them as JSON escapes it.

    >>> print(visible_json({"who": "root\u202e\x9b2J 王"}))
    {"who": "root\u202e\u009b2J 王"}
    """
    text = json.dumps(value, ensure_ascii=False, default=str, indent=indent)
    if text.isprintable():
        return text
    return "".join(
        json.dumps(letter)[1:-1] if category(letter) in HIDDEN and letter != "\n" else letter for letter in text
    )
