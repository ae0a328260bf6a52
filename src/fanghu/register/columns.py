"""The columns of the two tables that are imported and exported: keys, headers in both languages, readers; pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from fanghu.register import cells, words
from fanghu.register.cells import Read
from fanghu.register.words import Words, folded

Table = Literal["systems", "people"]


@dataclass(frozen=True, slots=True)
class Column:
    """One column: ``read`` turns a cell's text into the value."""

    key: str
    zh: str
    en: str
    read: Read
    required: bool = False
    words: Words | None = None
    aliases: tuple[str, ...] = ()

    def header(self, zh: bool) -> str:
        """The column's name as exports write it."""
        return self.zh if zh else self.en

    def named(self, text: str) -> bool:
        """Whether ``text`` (a header cell) means this column."""
        return folded(text) in {folded(name) for name in (self.key, self.zh, self.en, *self.aliases)}


SYSTEMS: tuple[Column, ...] = (
    Column("slug", "代碼", "code", cells.slug, required=True, aliases=("系統代碼", "系統代號", "id")),
    Column("name", "名稱", "name", cells.plain_text(120), required=True, aliases=("系統名稱", "資通系統名稱")),
    Column(
        "kind", "類別", "kind", cells.choice(words.SYSTEM_KINDS), required=True, words=words.SYSTEM_KINDS,
        aliases=("系統類別", "種類"),
    ),
    Column("is_core", "核心", "core", cells.yes_no, aliases=("核心系統", "是否核心", "core system")),
    Column("not_core_reason", "非核心理由", "reason not core", cells.plain_text(300)),
    Column(
        "e_trading_channels", "電子交易管道", "e-trading channels", cells.choices(words.CHANNELS, unknown=True),
        words=words.CHANNELS, aliases=("電子交易",),
    ),
    Column("serves_outside", "對外服務", "serves the outside", cells.yes_no),
    Column("internet_facing", "連接網際網路", "internet-facing", cells.yes_no, aliases=("internet facing",)),
    Column("personal_data", "保有個人資料", "holds personal data", cells.yes_no, aliases=("個資", "保有個資")),
    Column("uses_passwords", "使用密碼", "uses passwords", cells.yes_no),
    Column("has_customer_accounts", "有客戶帳號", "has customer accounts", cells.yes_no, aliases=("客戶帳號",)),
    Column("outsourced_development", "委外開發", "outsourced development", cells.yes_no, aliases=("委外",)),
    Column("admin_over_internet", "經網際網路管理", "administered over the internet", cells.yes_no),
    Column("remote_access", "遠端存取", "remote access", cells.yes_no),
    Column(
        "environments", "環境", "environments", cells.choices(words.ENVIRONMENTS, unknown=False),
        words=words.ENVIRONMENTS,
    ),
    Column("hosts", "主機", "hosts", cells.hosts, aliases=("主機名稱", "host")),
    Column("owner", "負責人員編號", "owner number", cells.plain_text(40), aliases=("負責人", "owner")),
    Column("retired_on", "停用日期", "retired on", cells.day),
)  # fmt: skip
PEOPLE: tuple[Column, ...] = (
    Column("number", "人員編號", "number", cells.plain_text(40), required=True, aliases=("員工編號", "編號")),
    Column("name", "姓名", "name", cells.plain_text(100), required=True),
    Column("kind", "身分", "kind", cells.choice(words.PERSON_KINDS), words=words.PERSON_KINDS, aliases=("類別",)),
    Column("department", "部門", "department", cells.plain_text(100)),
    Column("title", "職稱", "title", cells.plain_text(100)),
    Column("email", "電子郵件", "e-mail", cells.email, aliases=("email", "信箱")),
    Column("employed_from", "到職日", "employed from", cells.day, aliases=("到職日期",)),
    Column("employed_until", "離職日", "employed until", cells.day, aliases=("離職日期",)),
)
TABLES: dict[Table, Sequence[Column]] = {"systems": SYSTEMS, "people": PEOPLE}
KEYS: dict[Table, str] = {"systems": "slug", "people": "number"}


def column(table: Table, key: str) -> Column:
    """The column with this key; KeyError when there is none."""
    return next(found for found in TABLES[table] if found.key == key)


def label_of(key: str, zh: bool) -> str:
    """How a field of a system is called, also the one that only requests know (``deleted``)."""
    if key == "deleted":
        return "自名冊刪除" if zh else "deleted from the register"
    found = next((item for item in SYSTEMS if item.key == key), None)
    return found.header(zh) if found else key
