"""How the firm's facts are called and written in both languages; pure."""

from __future__ import annotations

from typing import Any

from fanghu.register.cells import written
from fanghu.register.words import Words

LABELS: Words = {
    "name": ("名稱", "name"),
    "kind": ("業別", "kind of business"),
    "has_ciso": ("依規定設置資訊安全長", "chief information security officer assigned"),
    "tier": ("資通安全責任等級", "graded-protection tier"),
    "class_evidence": ("分類佐證", "evidence of the class"),
    "class_evidence_date": ("佐證日期", "date of the evidence"),
    "foreign_group": ("外國集團之子公司或分公司", "subsidiary or branch of a foreign group"),
    "internet_ordering": ("提供網路下單", "offers internet ordering"),
    "transfers_abroad": ("將客戶資料傳輸至境外", "transfers customers' data abroad"),
}
KINDS: Words = {
    "futures_firm": ("期貨商", "futures firm"),
    "leverage_dealer": ("槓桿交易商", "leverage dealer"),
    "futures_service": ("期貨服務事業", "futures service enterprise"),
}


def firm_label(name: str, zh: bool) -> str:
    """The name of a fact of the firm."""
    return LABELS[name][0 if zh else 1]


def firm_value(name: str, value: Any, zh: bool) -> str:
    """A fact's value in words."""
    if value is None:
        return "未填" if zh else "unknown"
    if name == "tier":
        return str(value) if value else ("未列級" if zh else "none")
    return written(value, KINDS if name == "kind" else None, zh)
