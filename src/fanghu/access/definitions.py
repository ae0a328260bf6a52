"""What the firm must define for use (3.4): idle time or longest use, hours, accounts and functions, sources, sessions, resources."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from ipaddress import ip_network
from typing import Any

from django.contrib.auth import get_user_model
from django.utils.translation import gettext_lazy as _

from fanghu.access.conditions import KEY, SHIPPED, SYSTEM_ONE, read
from fanghu.access.rules import Use, decide
from fanghu.events.doer import Doer
from fanghu.faults import Fault
from fanghu.register.definition import NO_LIMIT, Definition, Field, Value
from fanghu.regulation.scope import SystemFacts
from fanghu.signin.reading import session_by_id
from fanghu.testimony import Subject

LONGEST_HOURS = 24
FAULTS = {
    "idle_minutes": (
        "FH-USE-11",
        "The idle time is a number of minutes from 1 to 720; give one, or say that there is no limit.",
        "閒置時間須為 1 至 720 分鐘；請填寫分鐘數，或註明不設限制。",
    ),
    "longest_hours": (
        "FH-USE-12",
        "The longest use is a number of hours up to 24; give one, or say that there is no limit.",
        "可使用期限至多 24 小時；請填寫時數，或註明不設限制。",
    ),
    "hours": (
        "FH-USE-13",
        "The hours of use cannot be read; write one rule a line, for instance 1-5 07:00-19:00.",
        "無法解讀可使用時段；請每行填寫一項規則，例如 1-5 07:00-19:00。",
    ),
    "functions": (
        "FH-USE-14",
        "Write one kind of account a line with its functions, for instance named: officer, auditor.",
        "請每行填寫一種帳號類型及其功能，例如 named: officer, auditor。",
    ),
    "sources": (
        "FH-USE-15",
        "A source is an address or a network, for instance 10.1.0.0/16; correct the line that is not.",
        "來源須為位址或網段，例如 10.1.0.0/16；請更正不符的那一行。",
    ),
    "sessions": (
        "FH-USE-16",
        "The number of sessions is a whole number from 1 to 100; give one, or say that there is no limit.",
        "同時連線數須為 1 至 100 的整數；請填寫數字，或註明不設限制。",
    ),
    "resources": (
        "FH-USE-17",
        "A resource is the first part of an address, for instance /register/; correct the line that is not.",
        "資源須為路徑開頭，例如 /register/；請更正不符的那一行。",
    ),
}


def default(system: SystemFacts | None) -> dict[str, Any] | None:
    """System one's shipped value; of any other system only the firm knows."""
    return dict(SHIPPED) if system is not None and Subject.system(system.slug) == SYSTEM_ONE else None


def check(value: Value) -> None:
    """Fault FH-USE-10 … 17 when a kind cannot be read, or when use would never end."""
    for name, can_be in CHECKS.items():
        given = value[name]
        if given == NO_LIMIT:
            continue
        try:
            good = can_be(given)
        except (ValueError, TypeError):
            good = False
        if not good:
            raise Fault(*FAULTS[name])
    if value["idle_minutes"] == NO_LIMIT and value["longest_hours"] == NO_LIMIT:
        raise Fault(
            "FH-USE-10",
            "Define the idle time or the longest use: with neither, a session would never end.",
            "閒置時間與可使用期限至少須訂定一項；否則工作階段永不結束。",
        )


def _functions(lines: list[str]) -> bool:
    return set(read({**SHIPPED, "functions": lines}).functions or {}) <= set(get_user_model().Kind.values)


CHECKS: Mapping[str, Callable[[Any], bool]] = {
    "idle_minutes": lambda minutes: 1 <= minutes <= 720,
    "longest_hours": lambda hours: 0.25 <= hours <= LONGEST_HOURS,
    "hours": lambda rules: bool(read({**SHIPPED, "hours": rules}).hours),
    "functions": _functions,
    "sources": lambda lines: all(ip_network(line.strip()) for line in lines),
    "sessions": lambda number: number == int(number) and 1 <= number <= 100,
    "resources": lambda lines: all(line.startswith("/") for line in lines),
}


def check_asker(value: Value, subject: Subject, by: Doer, now: datetime) -> None:
    """Fault FH-USE-18 when system one's new condition would end the very session that asks for it: nobody locks all out."""
    session = session_by_id(by.session) if subject == SYSTEM_ONE and by.session else None
    if session is None:
        return
    account = session.account
    use = Use(account.kind, account.role_names, by.place, session.started_at, now, path="/register/")
    if not decide(read(value), use, now).allow:
        raise Fault(
            "FH-USE-18",
            "Your own session would be outside these conditions; widen them so that you could still undo them.",
            "您目前的工作階段將不符合這些條件；請放寬條件，以便日後仍能更正。",
        )


FIELDS = (
    Field("idle_minutes", _("Idle time, minutes"), "number", _("Signed out after so long without use."), unlimited=True),
    Field("longest_hours", _("Longest use, hours"), "number", _("Signed out after so long in any case; at most 24."), unlimited=True),
    Field("hours", _("Hours of use"), "hours", unlimited=True),
    Field(
        "functions", _("Accounts and functions"), "lines",
        _("One kind of account a line with the roles it may have, for instance named: officer, auditor. Kinds: named, admin, service, temporary, emergency, vendor, customer."),
        unlimited=True,
    ),
    Field("sources", _("Source addresses"), "lines", _("One address or network a line, for instance 10.1.0.0/16."), unlimited=True),
    Field("sessions", _("Sessions of one account at a time"), "number", unlimited=True),
    Field("resources", _("Resources"), "lines", _("One path or resource a line, for instance /register/."), unlimited=True),
)  # fmt: skip
DEFINITIONS = [
    Definition(
        key=KEY,
        duty="3.4",
        label=_("Conditions of use"),
        asks=_(
            "When a session ends, and in which hours, by which accounts, from where, how often at once and for what "
            "the system may be used. Each kind has a value, or an explicit “no limit”."
        ),
        fields=FIELDS,
        default=default,
        check=check,
        check_asker=check_asker,
    )
]
