"""What other apps may ask about approvals."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from fanghu.approvals.deciders import able_accounts
from fanghu.approvals.models import Approval
from fanghu.shell.rights import Right


def pending(kind: str | None = None, subject: str | None = None) -> QuerySet[Approval]:
    """Waiting requests, newest first, of one kind or about one subject when given."""
    found = Approval.objects.filter(state=Approval.State.PENDING)
    if kind is not None:
        found = found.filter(kind=kind)
    return found if subject is None else found.filter(subject=subject)


def waiting_for(account: Any) -> QuerySet[Approval]:
    """Requests this account could decide or, when asked on the machine, take over: never its own person's."""
    if Right.APPROVAL_DECIDE not in account.rights or account.person_id is None:
        return Approval.objects.none()
    return pending().exclude(asked_by_person=account.person_id)


def asked_by(account: Any) -> QuerySet[Approval]:
    """Waiting requests that this account's person asked for."""
    if account.person_id is None:
        return Approval.objects.none()
    return pending().filter(asked_by_person=account.person_id)


def second_person_exists(now: datetime | None = None) -> bool:
    """Whether two different persons can decide; until then nothing that needs approval can ever be approved."""
    people = able_accounts(now or timezone.now()).order_by().values_list("person_id", flat=True).distinct()
    return len(people[:2]) == 2
