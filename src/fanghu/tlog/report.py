"""What a verification found, in words a person can act on."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Problem:
    """One finding: a code, a sentence in English and zh-Hant, and where (a path, with an entry or offset)."""

    code: str
    message_en: str
    message_zh: str
    where: str


@dataclass(slots=True)
class Report:
    """``ok``: every byte was accounted for. ``cannot_tell``: nothing is proved wrong, yet nothing could be vouched for.

    ``size`` and ``root`` are the sealed ones when the checkpoint could be trusted; ``unsealed`` counts entries after
    it, which no signature covers yet; ``first_bad`` is the first problem's place; ``first`` is the first entry that
    the log still holds.
    """

    ok: bool = False
    cannot_tell: bool = False
    size: int = 0
    root: bytes = b""
    unsealed: int = 0
    first: int = 0
    first_bad: str | None = None
    problems: list[Problem] = field(default_factory=list)


MEANINGS: dict[str, tuple[str, str]] = {
    "FH-TLG-10": ("There is no log here.", "此處沒有日誌。"),
    "FH-TLG-11": ("No key was given, so no signature can be trusted.", "未提供金鑰，無從信任任何簽章。"),
    "FH-TLG-12": (
        "The checkpoint is missing, malformed, or not signed by the pinned key alone.",
        "檢查點不見了、格式不符，或並非僅由釘選的金鑰簽章。",
    ),
    "FH-TLG-13": ("This does not belong to a log folder.", "此物不屬於日誌資料夾。"),
    "FH-TLG-14": ("This block of entries is changed, missing or cut short.", "此區塊的項目被更動、缺漏或截短。"),
    "FH-TLG-15": ("The write-ahead tail is changed, missing or cut short.", "預寫尾端被更動、缺漏或截短。"),
    "FH-TLG-16": (
        "The last append was cut short, as by a crash; open the log once to recover, then verify again.",
        "最後一次寫入不完整，如當機所致；請開啟日誌一次以復原，再行驗證。",
    ),
    "FH-TLG-17": ("This hash tile does not follow from the entries.", "此雜湊磚與項目不符。"),
    "FH-TLG-18": ("A hash tile is missing.", "缺少雜湊磚。"),
    "FH-TLG-19": (
        "The entries do not yield the root that the checkpoint signs.",
        "項目算出的根雜湊與檢查點所簽署者不符。",
    ),
    "FH-TLG-20": (
        "The log does not extend the checkpoint that was kept: entries were changed or taken away.",
        "日誌並非所保存檢查點的延續：項目曾被更動或移除。",
    ),
    "FH-TLG-21": (
        "The kept checkpoint is malformed or not signed by the pinned key.",
        "所保存的檢查點格式不符或並非由釘選的金鑰簽章。",
    ),
    "FH-TLG-22": ("A file could not be read.", "檔案無法讀取。"),
    "FH-TLG-23": (
        "Blocks that the tail still holds were left by a crash and are cut short; open the log once to recover.",
        "當機遺留的區塊不完整，其項目仍在尾端；請開啟日誌一次以復原。",
    ),
    "FH-TLG-24": (
        "Entries were let go, but no sealed record signed by the log says so.",
        "有項目已被刪除，但沒有經簽章封存的刪除紀錄可資證明。",
    ),
    "FH-TLG-25": (
        "What was kept is of entries that were let go since, so it can no longer be compared; keep a newer checkpoint.",
        "所保存者涉及其後已依規定刪除的項目，無從比對；請改保存較新的檢查點。",
    ),
    "FH-TLG-26": (
        "The log does not extend what the witness saw: entries were changed or taken away, or an older copy was put back.",
        "日誌並非見證方所見者的延續：項目曾被更動或移除，或被換回較舊的副本。",
    ),
    "FH-TLG-27": (
        "The witness file is malformed or not cosigned by the key in it.",
        "見證檔格式不符，或並非由檔中金鑰共同簽署。",
    ),
}

UNSURE = frozenset({"FH-TLG-10", "FH-TLG-11", "FH-TLG-16", "FH-TLG-22", "FH-TLG-23", "FH-TLG-25"})
"""Findings that prove nothing wrong."""


def problem(code: str, where: str) -> Problem:
    """The finding ``code`` at ``where``."""
    english, chinese = MEANINGS[code]
    return Problem(code, english, chinese, where)
