"""A refused page leaves an event (4.10): one a minute for each account and right, with how many went before it untold."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone

from fanghu.auditlog.models import Refusal
from fanghu.events.actions import record
from fanghu.events.doer import Doer
from fanghu.faults import Fault
from fanghu.shell.access import doer_of

ONCE_A = timedelta(minutes=1)


def hear(request: HttpRequest, right: str, page: str, **_signal: Any) -> None:
    """Receives ``access_refused``; a log that takes no events must not turn the refusal into anything else."""
    with suppress(Fault):
        note(right, page, by=doer_of(request), now=timezone.now())


@transaction.atomic
def note(right: str, page: str, *, by: Doer, now: datetime) -> bool:
    """Record that ``by`` was refused ``page``, unless a refusal of the same right was told within the minute."""
    row, new = Refusal.objects.select_for_update().get_or_create(
        account_id=by.account, right=right, defaults={"told_at": now}
    )
    if not new and row.told_at <= now < row.told_at + ONCE_A:
        row.untold += 1
        row.save(update_fields=["untold"])
        return False
    record(
        "access.refused", by=by, now=now, object_=f"page:{page}", outcome="failure",
        detail={"right": right, "untold_before": row.untold},
    )  # fmt: skip
    row.told_at, row.untold = now, 0
    row.save(update_fields=["told_at", "untold"])
    return True
