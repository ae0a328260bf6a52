"""Furnish a running product for the page stories: people, a firm, systems, papers, a log. Prints what it made as JSON.

Run as ``python -m tests.journeys.furnish`` with the product's ``FANGHU_HOME``; it works beside the server.
"""

from __future__ import annotations

import json
import tempfile
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import django

SYSTEMS = (
    ("webtrade", "網路下單系統", "trading", True, "web1"),
    ("quotes", "行情報價系統", "quotes", True, "q1"),
    ("portal", "內部公告系統", "other", False, "p1"),
)
FIRM = "穩健期貨股份有限公司"
NAMES = {"erin": "陳怡君", "alice": "林愛麗", "bob": "王柏翰", "carol": "李卡羅", "dave": "張大偉"}
STATEMENT = "應變程序第三版，董事會核定，含人力、設備與聯絡資源。"
NEW_NAME = "公告系統"
LIST = "資產清冊"
SAFE = "資安室保險櫃"
REASON = "對象僅限同仁，無個人資料。"
ORDERS, BANK = "委託資料", "結算銀行"
DISK = "更換磁碟"
OWN_LOG = """\
Dec 10 06:55:46 gw1 sshd[24200]: Invalid user webmaster from 203.0.113.5
Dec 10 06:55:48 gw1 sshd[24200]: Failed password for invalid user webmaster from 203.0.113.5 port 38926 ssh2
Dec 10 09:32:20 gw1 sshd[24680]: Accepted password for fztu from 198.51.100.49 port 49116 ssh2
Dec 10 09:40:00 gw1 sshd[24690]: Accepted publickey for root from 198.51.100.50 port 49120 ssh2: ED25519 SHA256:abc
"""


def furnish() -> dict[str, Any]:
    """Make everything once; ids, session cookies and tokens by name."""
    from allauth.mfa.models import Authenticator
    from django.conf import settings
    from django.utils import timezone

    from fanghu.accounts import check_outs
    from fanghu.accounts.actions import create_account as make_account
    from fanghu.accounts.models import StraySignIn
    from fanghu.alarms import actions as alarms
    from fanghu.approvals import actions as approvals
    from fanghu.assurance import actions as assurance
    from fanghu.assurance import attesting, relieving
    from fanghu.assurance.documents import keep
    from fanghu.assurance.drilling import drills
    from fanghu.assurance.law import in_force
    from fanghu.auditlog import actions as auditlog
    from fanghu.auditlog import checkpoints, granting
    from fanghu.auditlog.models import KeptCheckpoint
    from fanghu.auditlog.order import Order
    from fanghu.endpoints import actions as endpoints
    from fanghu.events.doer import KEEPER, Doer
    from fanghu.intake import actions as intake
    from fanghu.register import actions as register
    from fanghu.register import imports
    from fanghu.register.models import Person
    from fanghu.register.staging import stage
    from fanghu.reviews.gathering import gather
    from fanghu.reviews.models import SourceDay
    from fanghu.testimony import FIRM as WHOLE
    from fanghu.testimony import Subject
    from tests.cast import ROLES, add_account, sit_down

    now = timezone.now()
    people, accounts, cookies = {}, {}, {}
    for name, role in ROLES.items():
        people[name] = Person.objects.create(number=f"S-{name}", name=NAMES[name])
        accounts[name] = add_account(name, role, factor=name in {"erin", "alice"}, person=people[name])
        accounts[name].display_name = NAMES[name]
        accounts[name].save()
        cookies[name] = sit_down(accounts[name]).cookies[settings.SESSION_COOKIE_NAME].value
    erin = Doer("console", account=str(accounts["erin"].pk), person=str(people["erin"].pk), place="127.0.0.1")

    described = register.describe_firm(
        {
            "name": FIRM, "kind": "futures_firm", "has_ciso": True, "class_evidence": "金管證期字第1110366117號",
            "class_evidence_date": date(2022, 12, 30), "foreign_group": True, "internet_ordering": True,
            "transfers_abroad": False,
        }, "首次建檔", by=erin, now=now,
    )  # fmt: skip
    alice = Doer("console", account=str(accounts["alice"].pk), person=str(people["alice"].pk), place="127.0.0.1")
    if described.approval is not None:
        approvals.decide(described.approval.pk, True, "", by=alice, now=timezone.now())
    for slug, name, kind, core, host in SYSTEMS:
        values = {
            "slug": slug, "name": name, "kind": kind, "is_core": core, "not_core_reason": "" if core else REASON,
            "uses_passwords": True, "personal_data": core or None, "hosts": [host],
        }  # fmt: skip
        register.register_system(values, by=erin, now=now)
    imports.import_list(LIST, ["web1", "unknown9"], "0" * 64, by=erin, now=now)
    good = stage(
        f"代碼,名稱,類別,核心,非核心理由\nportal2,{NEW_NAME},其他,否,{REASON}\n".encode(),
        "systems.csv",
        "systems",
        erin.account,
        now,
    )
    bad = stage("代碼,名稱,類別,核心\nbad code!,壞列,交易,也許\n".encode(), "bad.csv", "systems", erin.account, now)

    address = endpoints.declare(
        "endpoint", {"system": "webtrade", "protocol": "https", "host": "127.0.0.1", "port": 9, "purpose": "sign_in"},
        by=erin, now=now,
    )  # fmt: skip
    flow = endpoints.declare(
        "flow", {"system": "webtrade", "name": ORDERS, "peer": BANK, "data": "personal", "network": "internet",
                 "protection": "tls", "endpoint": address.pk}, by=erin, now=now,
    )  # fmt: skip
    source = intake.declare(
        "webtrade-web", {"system": "webtrade", "format": "nginx", "ways": ["http"]}, by=erin, now=now
    )  # fmt: skip
    missed = {"source": source.name, "since": now.isoformat(), "every": 1_440}
    alarm = alarms.raise_alarm("source.silent", source.name, missed, subject="system:webtrade", by=KEEPER, now=now)
    lent, _none = make_account(
        person=people["dave"].pk, name="機房維護", login_id="machine-room", kind="admin", roles=[], valid_until=None,
        lent=True, by=alice, now=now,
    )  # fmt: skip
    borrowed = check_outs.ask_for(lent.pk, 2, DISK, by=alice, now=now)
    assert borrowed is not None
    check_outs.take(borrowed.pk, by=alice, now=now)
    StraySignIn.objects.create(
        log_index=0, event="0" * 32, account=str(lent.pk), place="198.51.100.7", at=now - timedelta(hours=3),
        why="no_check_out", found_at=now,
    )  # fmt: skip
    reader = granting.ask_to_give("webtrade", "", people["dave"].pk, DISK, by=erin, now=now)
    approvals.decide(reader.pk, True, "", by=alice, now=timezone.now())
    document = keep("應變程序.pdf", [b"%PDF-1.4 plan"])
    today, until = timezone.localtime(now).date(), (now + timedelta(days=300)).date()
    paper = attesting.attest("5.8", [WHOLE], STATEMENT, document, today, until, claim="met", by=erin, now=now)
    relieved = next(duty for duty in in_force(now).duties.values() if "foreign_standard" in duty.relief)
    subject = WHOLE if relieved.scope.on == "firm" else Subject.system("webtrade")
    eased = relieving.ask_relief(
        relieved.id, subject, "foreign_standard", {}, "集團標準較嚴。", "依集團標準辦理。", document, until,
        by=erin, now=now,
    )  # fmt: skip
    assurance.judge(None, by=KEEPER, now=timezone.now())
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder, "sshd.log")
        log.write_text(OWN_LOG)
        auditlog.import_file(Order(log, "openssh", "webtrade"), by=erin, now=timezone.now())
    kept: KeptCheckpoint = checkpoints.keep_checkpoint(SAFE, account=erin.account, by=erin, now=timezone.now())
    auditlog.seal_now(wait=True)
    while gather(timezone.now()):
        pass
    return {
        "cookie": settings.SESSION_COOKIE_NAME,
        "cookies": cookies,
        "person": str(people["dave"].pk),
        "account": str(accounts["dave"].pk),
        "own": str(accounts["erin"].pk),
        "factor": Authenticator.objects.get(user_id=accounts["erin"].pk).pk,
        "approval": str(paper.pk),
        "relief_approval": str(eased.pk),
        "relief": [relieved.id, str(subject)],
        "document": document.hash,
        "good": good.token,
        "bad": bad.token,
        "kept": kept.pk,
        "drill": min(drills()),
        "endpoint": address.pk,
        "flow": flow.pk,
        "source": source.pk,
        "alarm": alarm.pk,
        "review_day": str(SourceDay.objects.get(source="webtrade").day),
    }


if __name__ == "__main__":
    django.setup()
    print(json.dumps(furnish()))
