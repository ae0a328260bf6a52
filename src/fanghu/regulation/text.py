"""A sentence in both languages, and the error that carries one."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Text:
    """The same words in Traditional Chinese and in English."""

    zh_hant: str
    en: str

    def within(self, language: str) -> str:
        """The wording for a language code such as ``zh-hant`` or ``en``; anything but Chinese gets English."""
        return self.zh_hant if language.lower().startswith("zh") else self.en

    def as_dict(self) -> dict[str, str]:
        """``{"zh-Hant": …, "en": …}`` as scripts rely on it."""
        return {"zh-Hant": self.zh_hant, "en": self.en}


class RegulationError(Exception):
    """Something about the law as data cannot be used; ``code`` is stable, ``text`` says what to do."""

    def __init__(self, code: str, zh_hant: str, en: str) -> None:
        super().__init__(f"{code}: {en}")
        self.code = code
        self.text = Text(zh_hant, en)
