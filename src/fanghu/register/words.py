"""The words that imports accept and exports write, in both languages, for every closed vocabulary; pure."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping

Words = Mapping[str, tuple[str, str]]

SYSTEM_KINDS: Words = {
    "trading": ("交易", "trading"),
    "quotes": ("報價", "quotes"),
    "risk_control": ("中台風控", "mid-office risk control"),
    "settlement": ("盤後結算", "after-hours settlement"),
    "accounts": ("帳務", "accounts"),
    "security": ("資安管理", "security management"),
    "customer": ("客戶關係", "customer relations"),
    "office": ("辦公與行政", "office and administration"),
    "other": ("其他", "other"),
}
CHANNELS: Words = {
    "internet": ("網際網路", "internet"),
    "mobile": ("行動裝置", "mobile"),
    "voice": ("語音", "voice"),
    "api": ("應用程式介面", "API"),
    "line": ("專線", "leased line"),
}
ENVIRONMENTS: Words = {
    "production": ("正式", "production"),
    "standby": ("備援", "standby"),
    "test": ("測試", "test"),
    "development": ("開發", "development"),
}
PERSON_KINDS: Words = {"staff": ("員工", "staff"), "vendor": ("廠商", "vendor")}
YES: frozenset[str] = frozenset({"是", "有", "yes", "y", "true", "t", "1", "v", "✓", "○", "o"})
NO: frozenset[str] = frozenset({"否", "無", "沒有", "no", "n", "false", "f", "0", "x", "✗"})
NONE_OF_THEM: frozenset[str] = frozenset({"無", "none", "-", "no"})


def folded(text: str) -> str:
    """``text`` as compared: NFKC, trimmed, inner white space single, lower case."""
    return " ".join(unicodedata.normalize("NFKC", text).split()).lower()


def code_of(text: str, words: Words) -> str | None:
    """The code that ``text`` names (code, zh-Hant or English word), or None."""
    wanted = folded(text)
    for code, (zh_hant, en) in words.items():
        if wanted in (code, folded(zh_hant), folded(en), code.replace("_", " ")):
            return code
    return None


def shown(code: str, words: Words, zh: bool) -> str:
    """The word for ``code`` in zh-Hant or English; the code itself when it is not in ``words``."""
    return words[code][0 if zh else 1] if code in words else code
