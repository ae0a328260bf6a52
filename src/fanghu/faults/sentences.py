"""The faults of one app: each code with its sentence in English and in zh-Hant."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from fanghu.faults import Exit, Fault

LONGEST = 60
"""Characters of a value that was given and cannot be: what is longer is cut."""


@dataclass(frozen=True, slots=True)
class Sentences:
    """``{name}`` in a sentence is a value given with the fault; ``whole`` are names whose values are never cut."""

    by_code: Mapping[str, tuple[str, str]]
    exit_code: Exit = Exit.NO
    whole: frozenset[str] = frozenset()

    def filled(self, code: str, **values: object) -> tuple[str, str]:
        """Both sentences of a code with their values.

        >>> Sentences({"FH-REG-64": ("“{value}” is not a number.", "「{value}」不是數字。")}).filled("FH-REG-64", value="x")
        ('“x” is not a number.', '「x」不是數字。')
        """
        en, zh_hant = self.by_code[code]
        shown = {name: str(value) if name in self.whole else _cut(str(value)) for name, value in values.items()}
        return en.format(**shown), zh_hant.format(**shown)

    def fault(self, code: str, *, exit_code: Exit | None = None, **values: object) -> Fault:
        """The fault with this code."""
        return Fault(code, *self.filled(code, **values), exit_code=self.exit_code if exit_code is None else exit_code)


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
