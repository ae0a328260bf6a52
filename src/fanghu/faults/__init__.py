"""A fault told to a person: one sentence with a code saying what to do; no Django."""

from __future__ import annotations

from enum import IntEnum


class Exit(IntEnum):
    """Exit codes of every command (docs/guide/exit-codes.md)."""

    YES = 0
    NO = 1
    CANNOT = 2
    USAGE = 64
    BUSY = 75


class Fault(Exception):
    """What went wrong and what to do, in English and zh-Hant, with a code such as ``FH-REG-04``."""

    def __init__(self, code: str, en: str, zh_hant: str, *, exit_code: Exit = Exit.CANNOT) -> None:
        super().__init__(f"{code} {en}")
        self.code = code
        self.en = en
        self.zh_hant = zh_hant
        self.exit_code = exit_code
