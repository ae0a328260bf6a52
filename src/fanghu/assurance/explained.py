"""Governed rows held against the log: a row that no event explains, was changed without one, or is gone without one.

Each event holds digests of the rows its deed changed, before and after. Over all events of a row every digest that a
deed left must be the one the next deed found; what is left over at the end must be the row as it is now. This needs no
order of events, and an edit stays found though a proper deed follows it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from fanghu.assurance.verifying import Verified
from fanghu.events.governed import governances
from fanghu.events.schema import AuditEvent

WORDS = {
    "accounts.account": ("account", "帳號"),
    "accounts.accountrole": ("role of an account", "帳號角色"),
    "accounts.checkout": ("check-out", "帳號領用"),
    "accounts.passwordrecord": ("earlier password", "歷次密碼"),
    "accounts.straysignin": ("stray sign-in", "無主登入"),
    "alarms.alarm": ("alarm", "告警"),
    "alarms.alarmact": ("deed on an alarm", "告警處置"),
    "approvals.approval": ("approval", "簽核"),
    "assurance.attestation": ("attested document", "聲明文件"),
    "assurance.relief": ("relief", "替代"),
    "assurance.tightenedlimit": ("tightened number", "訂得更嚴的數值"),
    "auditlog.keptcheckpoint": ("kept checkpoint", "留存的檢查點"),
    "auditlog.logreader": ("reader of a system's log", "系統日誌的讀取者"),
    "endpoints.endpoint": ("declared address", "登錄的位址"),
    "endpoints.endpointprobe": ("what a probe saw", "探測結果"),
    "endpoints.flow": ("declared flow", "登錄的資料流"),
    "intake.listenaddresses": ("listening addresses", "接收位址"),
    "intake.source": ("source of logs", "日誌來源"),
    "intake.sourcegap": ("gap of a source", "來源中斷期間"),
    "intake.sourcetoken": ("token of a source", "來源憑證碼"),
    "mfa.authenticator": ("second factor", "第二因素"),
    "register.definedvalue": ("defined value", "自訂事項"),
    "register.firm": ("firm", "公司"),
    "register.person": ("person", "人員"),
    "register.system": ("system", "系統"),
    "reviews.dayreview": ("signed day", "逐日覆核簽核"),
    "reviews.finding": ("finding of a review", "覆核發現事項"),
    "reviews.periodreview": ("signed periodic review", "定期審查簽核"),
    "retention.hold": ("hold on records", "紀錄保全"),
    "retention.pruning": ("decision to let records go", "刪除逾期紀錄的決定"),
    "signin.enrolmentlink": ("recovery link", "復原連結"),
    "signin.failurecount": ("count of failed sign-ins", "登入失敗次數"),
    "signin.lock": ("lock", "鎖定"),
}
Edges = Mapping[str, tuple[str, str]]


def kept_digests() -> dict[str, str]:
    """Every governed row by ``app.model:key`` with its digest; one query for each model."""
    return {
        f"{governance.label}:{pk}": digest
        for governance in governances().values()
        for pk, digest in governance.digests()
    }


def unexplained(log: Iterable[AuditEvent], kept: Mapping[str, str]) -> dict[str, tuple[str, str]]:
    """Rows that do not agree, each with a change that no event tells of: digest before and after ("" for no row)."""
    left: dict[str, dict[str, int]] = defaultdict(dict)
    for event in log:
        for name, (before, after) in event.rows.items():
            _add(left[name], before, after)
    for name, now in kept.items():
        _add(left[name], now, "")
    found = {}
    for name, balance in left.items():
        was = [each for each, count in balance.items() if count > 0 and each]
        is_now = [each for each, count in balance.items() if count < 0 and each]
        if was or is_now:
            found[name] = (was[0] if was else "", is_now[0] if is_now else "")
    return found


def _add(balance: dict[str, int], before: str, after: str) -> None:
    balance[before] = balance.get(before, 0) - 1
    balance[after] = balance.get(after, 0) + 1


def hold_rows(log: Iterable[AuditEvent], kept: Mapping[str, str], done: Verified) -> None:
    """Name every row that the log does not explain."""
    done.rows = len(kept)
    for name, (before, _after) in sorted(unexplained(log, kept).items()):
        label = name.partition(":")[0]
        en, zh = WORDS.get(label, (label, label))
        if name not in kept:
            done.say(
                f"{en} {name}: it was deleted, and no event says so.", f"{zh} {name}：已遭刪除，且沒有對應的事件。"
            )
        elif not before:
            done.say(
                f"{en} {name}: no event explains that it is there.", f"{zh} {name}：沒有任何事件說明此資料列的來由。"
            )
        else:
            done.say(f"{en} {name}: it was changed without an event.", f"{zh} {name}：遭修改，且沒有對應的事件。")
