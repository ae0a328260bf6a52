"""record(): the only way an audit event comes to be."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import datetime

import msgspec
from django.db import connection

from fanghu.events import changes
from fanghu.events.doer import Doer
from fanghu.events.schema import AuditEvent, Detail, Outcome
from fanghu.faults import Exit, Fault

BACKLOG = 2_000
WAITING = "SELECT 1 FROM events_outboxevent WHERE sealed_at IS NULL LIMIT 1 OFFSET %s"
KEEP = "INSERT INTO events_outboxevent (id, body, created_at) VALUES (%s, %s, %s)"
"""Plain statements: an event is written at every refused attempt of a flood too, and must cost next to nothing."""
LONGEST = 60_000  # bytes; an entry of the log holds 65,535 with its envelope


def record(
    type_: str,
    *,
    by: Doer,
    now: datetime,
    object_: str = "",
    outcome: Outcome = "success",
    detail: Mapping[str, Detail] | None = None,
) -> str:
    """Write one event (``subject.action``) beside the deed, in its transaction; return the event's id.

    Raises Fault FH-LOG-90 when the log has not taken events for so long that no change of state is allowed.
    """
    if not connection.in_atomic_block:
        raise RuntimeError(f"{type_}: an event is recorded inside the transaction of its deed")
    if _backlogged():
        raise Fault(
            "FH-LOG-90",
            "The audit log is not taking events, so nothing may change; free disk space or restart Fanghu.",
            "稽核紀錄無法寫入，因此不得變更任何資料；請釋出磁碟空間或重新啟動防護。",
            exit_code=Exit.BUSY,
        )
    event = AuditEvent(
        id=secrets.token_hex(16),
        type=type_,
        time=now,
        actor=by.name,
        place=by.place,
        via=by.via,
        session=by.session,
        run=by.run,
        object=object_,
        outcome=outcome,
        detail=dict(detail or {}),
    )
    events = [(each.id, msgspec.json.encode(each)) for each in changes.told(event)]
    if any(len(body) > LONGEST for _id, body in events):
        raise Fault(
            "FH-LOG-94",
            "This deed would leave an audit event too long to record, so it was not done; do it in smaller parts.",
            "此動作的稽核紀錄過長而無法記錄，因此未執行；請分批進行。",
        )
    _keep(events, now)
    return event.id


def _backlogged() -> bool:
    """Whether too many events wait to be sealed."""
    with connection.cursor() as cursor:
        cursor.execute(WAITING, [BACKLOG])
        return cursor.fetchone() is not None


def _keep(events: list[tuple[str, bytes]], now: datetime) -> None:
    moment = connection.ops.adapt_datetimefield_value(now)
    with connection.cursor() as cursor:
        cursor.executemany(KEEP, [(id_, body, moment) for id_, body in events])
