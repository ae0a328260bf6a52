"""Asking for, deciding, taking over and withdrawing approvals (the two-person rule; never by command line)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.db import transaction

from fanghu.approvals.approvable import approvables
from fanghu.approvals.deciders import all_deciders, behind_account
from fanghu.approvals.models import Approval
from fanghu.approvals.refusals import REFUSALS, fault
from fanghu.approvals.rules import Decider, rule_on
from fanghu.events.actions import record
from fanghu.events.doer import Doer
from fanghu.events.schema import Detail


@transaction.atomic
def ask(
    kind: str,
    subject: str,
    title: str,
    payload: Mapping[str, Any],
    content_hash: str,
    reason: str,
    *,
    by: Doer,
    now: datetime,
) -> Approval:
    """Ask a second person for ``kind`` on ``subject``; ``content_hash`` is over all that the approver will be shown."""
    if kind not in approvables():
        raise LookupError(f"no app provides the approvable kind {kind!r}")
    person = _person_of(by)
    approval = Approval.objects.create(
        kind=kind,
        subject=subject,
        title=title[:300],
        payload=dict(payload),
        content_hash=content_hash,
        reason=reason,
        asked_by_id=by.account or None,
        asked_by_person_id=person or None,
        asked_at=now,
    )
    record("approval.asked", by=by, now=now, object_=f"approval:{approval.pk}", detail=_detail(approval))
    return approval


@transaction.atomic
def decide(
    approval_id: UUID | str, approve: bool, note: str, *, by: Doer, now: datetime, shown_hash: str = ""
) -> Approval:
    """Decide a waiting request and, if approved, carry it out, with one event; a request out of date lapses instead.

    ``shown_hash``, when given, must be the hash of what the decider was shown. Faults FH-APR-01 … 09.
    """
    if by.via != "console" or not by.account:
        raise fault("FH-APR-09")
    approval = _waiting(approval_id)
    deciders = all_deciders(now)
    mine = deciders.pop(by.account, Decider(_person_of(by), False))
    asker = str(approval.asked_by_person_id or "")
    ruling = rule_on(asker, mine, deciders.values(), behind_asker=behind_account(approval.asked_by_id))
    if ruling.refusal is not None:
        raise fault(REFUSALS[ruling.refusal])
    if shown_hash and shown_hash != approval.content_hash:
        raise fault("FH-APR-08")
    deed = approvables()[approval.kind]
    extra: Mapping[str, Detail] | None = None
    if approve and deed.current_hash(approval) != approval.content_hash:
        approval.state, event = Approval.State.LAPSED, "approval.lapsed"
    elif approve:
        approval.state, event = Approval.State.APPROVED, "approval.granted"
    else:
        if not note.strip():
            raise fault("FH-APR-07")
        approval.state, event = Approval.State.REFUSED, "approval.refused"
    approval.decided_by_id, approval.decided_by_person_id = UUID(by.account), UUID(mine.person)
    approval.decided_at, approval.decision_note, approval.flag = now, note.strip(), ruling.flag
    approval.save()
    if approval.state == Approval.State.APPROVED:
        extra = deed.apply(approval, by, now)
    elif deed.refuse is not None:
        extra = deed.refuse(approval, by, now)
    detail = {**_detail(approval), **(extra or {})}
    if ruling.flag:
        detail["flag"] = ruling.flag
    record(event, by=by, now=now, object_=f"approval:{approval.pk}", detail=detail)
    return approval


@transaction.atomic
def withdraw(approval_id: UUID | str, *, by: Doer, now: datetime) -> Approval:
    """Take back a waiting request; only the person who asked may."""
    approval = _waiting(approval_id)
    person = _person_of(by)
    if not person or person != str(approval.asked_by_person_id or ""):
        raise fault("FH-APR-10")
    approval.state, approval.decided_at = Approval.State.WITHDRAWN, now
    approval.decided_by_id, approval.decided_by_person_id = UUID(by.account), UUID(person)
    approval.save()
    deed = approvables()[approval.kind]
    extra = deed.refuse(approval, by, now) if deed.refuse is not None else None
    detail = {**_detail(approval), **(extra or {})}
    record("approval.withdrawn", by=by, now=now, object_=f"approval:{approval.pk}", detail=detail)
    return approval


@transaction.atomic
def adopt(approval_id: UUID | str, *, by: Doer, now: datetime) -> Approval:
    """Ask in one's own name for what was asked on the machine by nobody known, so that another person may decide it."""
    approval = _waiting(approval_id)
    person = _person_of(by)
    if by.via != "console" or not person:
        raise fault("FH-APR-09")
    if approval.asked_by_person_id is not None:
        raise fault("FH-APR-11")
    approval.asked_by_id, approval.asked_by_person_id = UUID(by.account), UUID(person)
    approval.save()
    record("approval.adopted", by=by, now=now, object_=f"approval:{approval.pk}", detail=_detail(approval))
    return approval


def _waiting(approval_id: UUID | str) -> Approval:
    try:
        approval = Approval.objects.select_for_update().get(pk=approval_id)
    except (Approval.DoesNotExist, ValidationError, ValueError):
        raise fault("FH-APR-01") from None
    if approval.state != Approval.State.PENDING:
        raise fault("FH-APR-02")
    return approval


def _person_of(by: Doer) -> str:
    """The person behind the doer's account as the database has it, not as the request says."""
    if not by.account:
        return ""
    person = get_user_model().objects.filter(pk=by.account).values_list("person_id", flat=True).first()
    return str(person or "")


def _detail(approval: Approval) -> dict[str, Detail]:
    return {"kind": approval.kind, "subject": approval.subject, "hash": approval.content_hash}
