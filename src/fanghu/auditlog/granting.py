"""Giving somebody a system's log to read, which a second person decides, and taking it away, which is done at once (4.10)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib.auth import get_user_model
from django.db import transaction

from fanghu.approvals.actions import ask
from fanghu.approvals.approvable import hash_of
from fanghu.approvals.models import Approval
from fanghu.approvals.reading import pending
from fanghu.auditlog.models import LogReader, asked_of
from fanghu.auditlog.readers import givable
from fanghu.events.actions import record
from fanghu.events.doer import Doer
from fanghu.events.schema import Detail
from fanghu.faults.sentences import Sentences
from fanghu.register.reading import people
from fanghu.register.reading import system as system_of

SENTENCES = Sentences({
    "FH-LOG-71": (
        "Choose a system, and either a role or a person, and say why.",
        "請選擇系統，並擇一指定角色或人員，且填寫理由。",
    ),
    "FH-LOG-72": (
        "They may read this log already, or a second person is asked for it.",
        "對方已可讀取此日誌，或已在等待第二人決定。",
    ),
    "FH-LOG-73": (
        "Nobody gives a log to themselves; somebody else asks, and somebody else approves.",
        "任何人不得將日誌的讀取權限授予自己；須由他人提出，並由他人核准。",
    ),
    "FH-LOG-74": (
        "This right was taken away already; load the page anew.",
        "此讀取權限已收回；請重新載入頁面。",
    ),
})  # fmt: skip
fault = SENTENCES.fault


@transaction.atomic
def ask_to_give(slug: str, role: str, person: UUID | None, reason: str, *, by: Doer, now: datetime) -> Approval:
    """Ask a second person to give a system's log to a role or a person. Faults FH-LOG-71 … 73."""
    system = system_of(slug)
    whole = system is not None and bool(reason.strip()) and bool(role) != (person is not None)
    if not whole or (role and role not in givable()) or (person and person not in {each.pk for each in people()}):
        raise fault("FH-LOG-71")
    assert system is not None
    _refuse_own(role, person, by)
    payload = asked_of(slug, role, person)
    subject = f"system:{slug}"
    held = LogReader.objects.filter(system=system, role=role, person=person, ended_at=None)
    if held.exists() or pending(LogReader.KIND, subject).filter(payload=payload).exists():
        raise fault("FH-LOG-72")
    return ask(LogReader.KIND, subject, system.name, payload, content_hash(payload), reason.strip(), by=by, now=now)


def give(approval: Approval, by: Doer, now: datetime) -> Mapping[str, Detail]:
    """A second person approved: from now on it is read. Within the transaction and event of the decision."""
    payload = approval.payload
    person = UUID(payload["person"]) if payload["person"] else None
    _refuse_own(payload["role"], person, by)
    system = system_of(payload["system"])
    if system is None:  # current_hash has asked already
        raise fault("FH-LOG-71")
    row = LogReader.objects.create(
        system=system, role=payload["role"], person_id=person, approval=approval, given_at=now
    )
    return {"reader": row.pk, "role": row.role, "person": payload["person"]}


@transaction.atomic
def take_away(pk: int, *, by: Doer, now: datetime) -> LogReader:
    """Take a right away at once; one that ended stays ended. Fault FH-LOG-74."""
    row = (
        LogReader.objects.select_for_update(of=("self",)).select_related("system").filter(pk=pk, ended_at=None).first()
    )
    if row is None:
        raise fault("FH-LOG-74")
    row.ended_at, row.ended_by_person_id = now, UUID(by.person) if by.person else None
    row.save(update_fields=["ended_at", "ended_by_person"])
    record(
        "log.reader_ended", by=by, now=now, object_=f"system:{row.system.slug}",
        detail={"reader": row.pk, "role": row.role, "person": str(row.person_id or "")},
    )  # fmt: skip
    return row


def content_hash(payload: Mapping[str, Any]) -> str:
    """Over what is asked and whose log it is as things stand: one that it was given to meanwhile lapses the request."""
    system = system_of(payload["system"])
    held = LogReader.objects.filter(
        system__slug=payload["system"], role=payload["role"], person=payload["person"] or None, ended_at=None
    )
    name = next((f"{each.name} {each.number}" for each in people() if str(each.pk) == payload["person"]), "")
    return hash_of(
        {"payload": dict(payload), "system": system.name if system else "", "person": name, "held": held.exists()}
    )


def _refuse_own(role: str, person: UUID | None, by: Doer) -> None:
    account = get_user_model().objects.filter(pk=by.account).first() if by.account else None
    own_role = bool(role) and account is not None and role in account.role_names
    if own_role or (person is not None and str(person) == by.person):
        raise fault("FH-LOG-73")
