"""What is refused leaves an event (4.10): a page one a minute for each account and right, with how many went before it
untold; a log that somebody may not read one each time.
"""

from __future__ import annotations

from collections.abc import Iterable
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
from fanghu.shell.access import Denied, doer_of

ONCE_A = timedelta(minutes=1)


def hear(request: HttpRequest, right: str, page: str, **_signal: Any) -> None:
    """Receives ``access_refused``; a log that takes no events must not turn the refusal into anything else."""
    with suppress(Fault):
        note(right, page, by=doer_of(request), now=timezone.now())


def refused_reading(systems: Iterable[str], *, by: Doer, now: datetime) -> Denied:
    """What keeps ``by`` from reading the logs of these systems (those that there are), told to the log first."""
    with suppress(Fault), transaction.atomic():
        record("log.reading_refused", by=by, now=now, outcome="failure", detail={"systems": sorted(systems)})
    return Denied(
        "FH-LOG-70",
        "You may not read this log; what was asked for is in the log. Ask the security officer to be given it.",
        "您無權讀取此日誌，此次請求已留下紀錄；如有需要請洽資安長授予權限。",
    )


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
