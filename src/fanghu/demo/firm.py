"""The sample firm: its people, its eight systems, and what is written in its papers. All of it is made up; no Django."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

FIRM: dict[str, Any] = {
    "name": "範例期貨股份有限公司（示範）",
    "kind": "futures_firm",
    "has_ciso": True,
    "class_evidence": "資安長指派公告 範例字第1150001號（示範）",
    "class_evidence_date": date(2026, 1, 5),
    "foreign_group": False,
    "internet_ordering": True,
    "transfers_abroad": False,
}


@dataclass(frozen=True, slots=True)
class Player:
    """One of the cast: login id, name, role, staff number, department, title."""

    login_id: str
    name: str
    role: str
    number: str
    department: str
    title: str


CAST = (
    Player("alice", "林愛麗", "administrator", "S-102", "資訊部", "系統管理者"),
    Player("erin", "陳怡君", "officer", "S-001", "資訊安全室", "資安長"),
    Player("bob", "王柏翰", "reviewer", "S-017", "稽核室", "覆核人員"),
    Player("carol", "李卡羅", "auditor", "S-023", "會計師事務所", "外部稽核"),
    Player("dave", "張大偉", "owner", "S-058", "交易部", "系統負責人"),
)

CORE = {"is_core": True, "uses_passwords": True, "environments": ["production", "test"]}
SYSTEMS: tuple[dict[str, Any], ...] = (
    {
        **CORE, "slug": "webtrade", "name": "網路下單系統", "kind": "trading", "e_trading_channels": ["internet", "api"],
        "serves_outside": True, "internet_facing": True, "personal_data": True, "has_customer_accounts": True,
        "outsourced_development": True, "admin_over_internet": False, "remote_access": True, "hosts": ["web1", "web2", "ord1"],
    },
    {
        **CORE, "slug": "voicetrade", "name": "語音下單系統", "kind": "trading", "e_trading_channels": ["voice"],
        "serves_outside": True, "internet_facing": False, "personal_data": True, "has_customer_accounts": True,
        "outsourced_development": True, "admin_over_internet": False, "remote_access": False, "hosts": ["ivr1"],
    },
    {
        **CORE, "slug": "quotes", "name": "行情資訊系統", "kind": "quotes", "e_trading_channels": [], "serves_outside": True,
        "internet_facing": True, "personal_data": False, "has_customer_accounts": False, "outsourced_development": False,
        "admin_over_internet": False, "remote_access": False, "hosts": ["q1", "q2"],
    },
    {
        **CORE, "slug": "risk", "name": "中台風控系統", "kind": "risk_control", "e_trading_channels": [],
        "serves_outside": False, "internet_facing": False, "personal_data": True, "has_customer_accounts": False,
        "outsourced_development": False, "admin_over_internet": False, "remote_access": True, "hosts": ["risk1"],
    },
    {
        **CORE, "slug": "settle", "name": "盤後結算系統", "kind": "settlement", "e_trading_channels": [],
        "serves_outside": False, "internet_facing": False, "personal_data": True, "has_customer_accounts": False,
        "outsourced_development": True, "admin_over_internet": False, "remote_access": False, "hosts": ["set1", "set2"],
    },
    {
        **CORE, "slug": "ledger", "name": "帳務系統", "kind": "accounts", "e_trading_channels": [], "serves_outside": False,
        "internet_facing": False, "personal_data": True, "has_customer_accounts": False, "outsourced_development": False,
        "admin_over_internet": False, "remote_access": False, "hosts": ["acc1"],
    },
    {
        "slug": "crm", "name": "客戶關係系統", "kind": "customer", "is_core": False,
        "not_core_reason": "僅供業務聯繫，停用不影響交易與結算。", "uses_passwords": True, "environments": ["production"],
        "e_trading_channels": [], "serves_outside": False, "internet_facing": False, "personal_data": True,
        "has_customer_accounts": False, "outsourced_development": True, "admin_over_internet": True, "remote_access": True,
        "hosts": ["crm1"],
    },
    {
        "slug": "portal", "name": "內部公告系統", "kind": "office", "is_core": False,
        "not_core_reason": "對象僅限同仁，無個人資料。", "uses_passwords": True, "environments": ["production"],
        "e_trading_channels": [], "serves_outside": False, "internet_facing": False, "personal_data": False,
        "has_customer_accounts": False, "outsourced_development": False, "admin_over_internet": False,
        "remote_access": False, "hosts": ["p1"],
    },
)  # fmt: skip
INVENTORY = ["web1", "web2", "ord1", "ivr1", "q1", "q2", "risk1", "set1", "set2", "acc1", "crm1", "p1", "nas3", "test7"]


@dataclass(frozen=True, slots=True)
class Wave:
    """Papers handed in together: ``week`` of the story, the articles they prove, and for how many of ten cells."""

    week: int
    articles: tuple[str, ...]
    share: int


WAVES = (
    Wave(1, ("6.",), 5),
    Wave(2, ("5.1", "5.6", "5.8", "9.1"), 9),
    Wave(3, ("3.",), 6),
    Wave(5, ("4.",), 6),
    Wave(6, ("7.1", "7.2", "7.3", "7.4", "7.5"), 7),
    Wave(8, ("5.",), 7),
    Wave(9, ("8.",), 7),
    Wave(10, ("7.",), 8),
    Wave(11, ("10.", "9."), 8),
    Wave(12, ("6.",), 9),
)
SHORT = {"5.3": 60, "4.4": 31, "7.8": 70}
"""Papers that run out after so many days: some of them did while the story went on, and nobody has renewed them."""
GAPS = {
    ("3.3", "crm"): "上半年帳號清查尚有 14 個離職人員帳號待停用。",
    ("3.12", "risk"): "遠端維護專線仍使用舊版加密協定，排定下季更換。",
    ("4.11", "quotes"): "稽核紀錄尚未與外部比對完整性。",
    ("5.3", "ledger"): "最近一次還原測試有兩個資料檔內容不一致，原因追查中。",
    ("5.4", "voicetrade"): "今年度持續營運演練尚未納入語音下單系統，預計下季辦理。",
    ("6.4", "voicetrade"): "語音閘道與後端之間的驗證資訊尚未加密。",
    ("7.8", "portal"): "上半年弱點掃描有兩項高風險漏洞尚未修補。",
    ("7.10", "settle"): "作業系統修補落後兩個月，待結算廠商相容性測試。",
    ("7.13", "webtrade"): "委外合約的維運階段尚未載明完整性要求，續約時補正。",
    ("8.1", "settle"): "結算專線設備不支援加密，以加鎖管道替代。",
    ("8.4", "quotes"): "兩張伺服器憑證已逾期更換週期。",
    ("9.1", "portal"): "三項中風險弱點逾修補期限。",
    ("9.4", "quotes"): "流量監控設備採購中。",
    ("10.5", "crm"): "即時通訊軟體外傳管控尚未涵蓋業務人員手機。",
}
USE = {"idle_minutes": 10, "longest_hours": 9, "hours": ["1-5 07:00-19:00"]}
"""Conditions of use that the firm has set for its own core systems, beside the shipped ones."""
USE_DEFINED = ("quotes", "risk", "settle", "ledger")
