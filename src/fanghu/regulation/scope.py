"""Whom a duty binds: computed from facts about the firm and the system, always with its reason; nobody can click it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from fanghu.regulation.duty import Duty, On, ReliefKind
from fanghu.regulation.text import Text
from fanghu.testimony import Subject

FirmKind = Literal["futures_firm", "leverage_dealer", "futures_service"]
FirmClass = Literal["class_1", "class_2"]


@dataclass(frozen=True, slots=True)
class FirmFacts:
    """What scopes ask about the firm; None is not known yet. Only futures firms have a class (article 2)."""

    kind: FirmKind | None = None
    firm_class: FirmClass | None = None
    foreign_group: bool | None = None
    internet_ordering: bool | None = None
    transfers_abroad: bool | None = None


@dataclass(frozen=True, slots=True)
class SystemFacts:
    """What scopes ask about one system; None is not known yet. ``kind`` is the register's word and decides nothing."""

    slug: str
    is_core: bool | None = None
    kind: str | None = None
    e_trading: bool | None = None
    serves_outside: bool | None = None
    internet_facing: bool | None = None
    personal_data: bool | None = None
    uses_passwords: bool | None = None
    has_customer_accounts: bool | None = None
    outsourced_development: bool | None = None
    admin_over_internet: bool | None = None
    remote_access: bool | None = None
    retired: bool | None = None


@dataclass(frozen=True, slots=True)
class Applicability:
    """The answer, its stable code, its reason, and the facts that were assumed because nobody has stated them."""

    applies: bool
    code: str
    reason: Text
    assumed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Asked:
    """Facts as scopes see them: what is unknown counts as its strictest value, and is remembered."""

    system: SystemFacts
    assumed: dict[str, Text] = field(default_factory=dict)

    def holds(self, fact: str) -> bool:
        value: bool | None = getattr(self.system, fact)
        if value is None:
            self.assumed[fact] = SYSTEM_WORDS[fact]
            return True
        return value


FIRM_WORDS = {
    "firm_class": Text("期貨商類別", "the firm's class"),
    "internet_ordering": Text("是否提供網際網路下單", "whether it offers internet ordering"),
    "transfers_abroad": Text("是否國際傳輸客戶資料", "whether it transfers customers' data abroad"),
}
SYSTEM_WORDS = {
    "is_core": Text("是否為核心系統", "whether the system is core"),
    "e_trading": Text("是否為電子式交易系統", "whether it is an e-trading system"),
    "serves_outside": Text("是否提供對外服務", "whether it serves outsiders"),
    "internet_facing": Text("是否提供網際網路服務", "whether it faces the internet"),
    "personal_data": Text("是否保有個人資料", "whether it holds personal data"),
    "uses_passwords": Text("是否使用密碼驗證", "whether it uses passwords"),
    "has_customer_accounts": Text("是否有客戶帳號", "whether it has customer accounts"),
    "outsourced_development": Text("是否委外開發", "whether its development is outsourced"),
    "admin_over_internet": Text("管理者是否經網際網路登入", "whether it is administered over the internet"),
    "remote_access": Text("是否有遠端存取", "whether it has remote access"),
}
FIRM_KINDS = {
    "leverage_dealer": Text("槓桿交易商", "a leverage dealer"),
    "futures_service": Text("期貨服務事業", "a futures service enterprise"),
}
RULED_OUT_BY_CORE: tuple[On, ...] = ("non_core", "other_passwords_than_core_serving_outside")
# What a system must be for the duty to bind it: a sentence for when it is, and one for when it is not.
BINDS: dict[On, tuple[Callable[[_Asked], bool], Text, Text]] = {
    "system": (
        lambda _asked: True,
        Text("每個資通系統都適用", "It binds every system"),
        Text("", ""),
    ),
    "system_wider_on_core": (
        lambda _asked: True,
        Text("每個資通系統都適用，核心系統範圍較廣", "It binds every system, core systems more widely"),
        Text("", ""),
    ),
    "core": (
        lambda asked: asked.holds("is_core"),
        Text("核心系統 ⇒ 適用", "The system is core"),
        Text("非核心系統 ⇒ 不適用", "The system is not core; this duty binds core systems only"),
    ),
    "non_core": (
        lambda asked: not asked.holds("is_core"),
        Text("非核心系統 ⇒ 適用", "The system is not core"),
        Text("核心系統 ⇒ 不適用（另有核心系統義務）", "The system is core; a duty of its own binds core systems"),
    ),
    "core_internet_facing": (
        lambda asked: asked.holds("is_core") and asked.holds("internet_facing"),
        Text("提供網際網路服務的核心系統 ⇒ 適用", "It is a core system on the internet"),
        Text(
            "不是提供網際網路服務的核心系統 ⇒ 不適用",
            "It is not a core system on the internet; this duty binds only those",
        ),
    ),
    "core_outsourced": (
        lambda asked: asked.holds("is_core") and asked.holds("outsourced_development"),
        Text("委外開發的核心系統 ⇒ 適用", "It is a core system whose development is outsourced"),
        Text(
            "不是委外開發的核心系統 ⇒ 不適用",
            "It is not a core system with outsourced development; this duty binds only those",
        ),
    ),
    "core_serving_outside_passwords": (
        lambda asked: asked.holds("uses_passwords") and asked.holds("is_core") and asked.holds("serves_outside"),
        Text("對外服務且使用密碼的核心系統 ⇒ 適用", "It is a core system that serves outsiders and uses passwords"),
        Text(
            "不是對外服務且使用密碼的核心系統 ⇒ 不適用",
            "It is not a core system that serves outsiders and uses passwords; this duty binds only those",
        ),
    ),
    "other_passwords_than_core_serving_outside": (
        lambda asked: asked.holds("uses_passwords") and not (asked.holds("is_core") and asked.holds("serves_outside")),
        Text(
            "使用密碼，且非核心或僅供內部使用 ⇒ 適用",
            "It uses passwords, and is not core or serves internal users only",
        ),
        Text(
            "不使用密碼，或為對外服務的核心系統 ⇒ 不適用",
            "It uses no passwords, or is a core system serving outsiders, which another duty binds",
        ),
    ),
    "e_trading": (
        lambda asked: asked.holds("e_trading"),
        Text("電子式交易系統 ⇒ 適用", "It is an e-trading system"),
        Text("非電子式交易系統 ⇒ 不適用", "It is not an e-trading system; this duty binds only those"),
    ),
    "admin_over_internet": (
        lambda asked: asked.holds("admin_over_internet"),
        Text("管理者經網際網路登入 ⇒ 適用", "It is administered over the internet"),
        Text("管理者不經網際網路登入 ⇒ 不適用", "It is not administered over the internet"),
    ),
    "remote_access": (
        lambda asked: asked.holds("remote_access"),
        Text("有遠端存取 ⇒ 適用", "It has remote access"),
        Text("沒有遠端存取 ⇒ 不適用", "It has no remote access"),
    ),
    "customer_accounts": (
        lambda asked: asked.holds("has_customer_accounts"),
        Text("有客戶帳號 ⇒ 適用", "It has customer accounts"),
        Text("沒有客戶帳號 ⇒ 不適用", "It has no customer accounts"),
    ),
    "passwords": (
        lambda asked: asked.holds("uses_passwords"),
        Text("使用密碼驗證 ⇒ 適用", "It uses passwords"),
        Text("不使用密碼驗證 ⇒ 不適用", "It uses no passwords"),
    ),
    "non_customer_passwords": (
        lambda asked: asked.holds("uses_passwords"),
        Text("非客戶帳號使用密碼 ⇒ 適用", "Its non-customer accounts use passwords"),
        Text("不使用密碼驗證 ⇒ 不適用", "It uses no passwords"),
    ),
    "customer_passwords": (
        lambda asked: asked.holds("uses_passwords") and asked.holds("has_customer_accounts"),
        Text("客戶帳號使用密碼 ⇒ 適用", "Its customer accounts use passwords"),
        Text("沒有使用密碼的客戶帳號 ⇒ 不適用", "It has no customer accounts that use passwords"),
    ),
    "personal_data": (
        lambda asked: asked.holds("personal_data"),
        Text("保有個人資料 ⇒ 適用", "It holds personal data"),
        Text("未保有個人資料 ⇒ 不適用", "It holds no personal data"),
    ),
}


def applies(duty: Duty, firm: FirmFacts | None, subject: Subject, system: SystemFacts | None = None) -> Applicability:
    """Whether ``duty`` binds ``subject``, and why. Unknown facts (None) count as their strictest value, named.

    A subject that is a system may come without its facts (None): all of them are then unknown. ValueError when
    ``system`` is not the subject's.
    """
    if system is not None and (subject.kind != "system" or subject.slug != system.slug):
        raise ValueError(f"facts of system {system.slug!r} given for {subject}")
    if duty.scope.on == "firm" and subject.kind != "firm":
        return _no("judged_on_firm", "此義務以公司為對象 ⇒ 系統不適用", "This duty is judged on the firm")
    if duty.scope.on != "firm" and subject.kind == "firm":
        return _no("judged_per_system", "此義務逐系統判定 ⇒ 公司不適用", "This duty is judged system by system")
    assumed: dict[str, Text] = {}
    refused = _firm_refuses(duty, firm or FirmFacts(), assumed)
    if refused:
        return refused
    if duty.scope.on == "firm":
        return _answer(True, "binds_firm", Text("公司適用", "It binds the firm"), assumed)
    asked = _Asked(system or SystemFacts(subject.slug), assumed)
    if asked.system.retired and not duty.scope.after_retirement:
        return _no("retired", "系統已除役 ⇒ 不適用", "The system is retired")
    binds, yes, no = BINDS[duty.scope.on]
    if binds(asked):
        return _answer(True, f"binds_{duty.scope.on}", yes, assumed)
    # A stated fact that rules the duty out stands whatever else is unknown; only being core can rule out by assumption.
    return _answer(False, f"not_{duty.scope.on}", no, assumed if duty.scope.on in RULED_OUT_BY_CORE else {})


def open_relief(duty: Duty, firm: FirmFacts | None) -> tuple[ReliefKind, ...]:
    """The kinds of relief this firm may ask for: foreign ones only for a firm known to belong to a foreign group."""
    foreign = firm is not None and firm.foreign_group is True
    return tuple(kind for kind in duty.relief if foreign or kind == "physical_substitute")


def _firm_refuses(duty: Duty, firm: FirmFacts, assumed: dict[str, Text]) -> Applicability | None:
    scope = duty.scope.firm
    if scope == "class_1":
        if firm.kind in FIRM_KINDS:
            kind = FIRM_KINDS[firm.kind]
            return _no(
                "not_a_futures_firm",
                f"{kind.zh_hant}沒有類別之分 ⇒ 不適用",
                f"The firm is {kind.en}; this duty binds futures firms of class 1 only",
            )
        if firm.firm_class == "class_2":
            return _no("class_2", "第二類期貨商 ⇒ 不適用", "The firm is class 2; this duty binds class 1 only")
        if firm.firm_class is None:
            assumed["firm_class"] = FIRM_WORDS["firm_class"]
    elif scope == "internet_ordering":
        if firm.internet_ordering is False:
            return _no(
                "no_internet_ordering",
                "未提供網際網路下單 ⇒ 不適用",
                "The firm offers no internet ordering; this duty binds only firms that do",
            )
        if firm.internet_ordering is None:
            assumed["internet_ordering"] = FIRM_WORDS["internet_ordering"]
    elif scope == "transfers_abroad":
        if firm.transfers_abroad is False:
            return _no(
                "no_transfers_abroad",
                "未國際傳輸客戶資料 ⇒ 不適用",
                "The firm transfers no customers' data abroad; this duty binds only firms that do",
            )
        if firm.transfers_abroad is None:
            assumed["transfers_abroad"] = FIRM_WORDS["transfers_abroad"]
    return None


def _no(code: str, zh_hant: str, en: str) -> Applicability:
    return Applicability(False, code, Text(f"{zh_hant}。", f"{en}."))


def _answer(yes: bool, code: str, reason: Text, assumed: dict[str, Text]) -> Applicability:
    zh_hant, en = f"{reason.zh_hant}。", f"{reason.en}."
    if assumed:
        zh_hant += f"尚未登錄{'、'.join(word.zh_hant for word in assumed.values())}，先以最嚴格的範圍認定。"
        en += f" Not stated yet: {'; '.join(word.en for word in assumed.values())}. The strictest scope is assumed."
    return Applicability(yes, code, Text(zh_hant, en), tuple(assumed))
