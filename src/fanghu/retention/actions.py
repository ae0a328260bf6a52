"""Deeds of retention: holds set and released, parts of a log asked for and let go. Nothing goes without a second person."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import date, datetime
from typing import Any

from django.db import transaction

from fanghu.approvals.actions import ask
from fanghu.approvals.approvable import hash_of
from fanghu.approvals.models import Approval
from fanghu.approvals.reading import pending
from fanghu.auditlog.vault import SealedLog, Vault, opened
from fanghu.events.actions import record
from fanghu.events.doer import Doer
from fanghu.events.schema import Detail
from fanghu.keys.locations import LogPlaces
from fanghu.retention.models import Hold, Pruning
from fanghu.retention.problems import fault
from fanghu.retention.standing import going
from fanghu.retention.surveying import places_of, stretch, surveyed, whole_segments
from fanghu.tlog.damage import LogBusy
from fanghu.tlog.frames import SEGMENT

PRUNE_KIND = "retention.prune"
RELEASE_KIND = "retention.release"
Opened = Callable[[LogPlaces], AbstractContextManager[Vault]]


@transaction.atomic
def set_hold(
    reason: str, *, sources: Sequence[str], since: date | None, until: date | None, by: Doer, now: datetime
) -> Hold:
    """Hold records back from now on. Faults FH-RET-02, 03."""
    if not reason.strip():
        raise fault("FH-RET-02")
    if since is not None and until is not None and until < since:
        raise fault("FH-RET-03")
    hold = Hold.objects.create(
        reason=reason.strip()[:300],
        sources=sorted(sources),
        since=since,
        until=until,
        set_at=now,
        set_by_id=by.account or None,
    )
    record("retention.hold_set", by=by, now=now, object_=f"hold:{hold.pk}",
           detail={"sources": sorted(sources), "since": str(since or ""), "until": str(until or "")})  # fmt: skip
    return hold


@transaction.atomic
def ask_release(hold_id: int, reason: str, *, by: Doer, now: datetime) -> Approval:
    """Ask a second person to release a hold. Faults FH-RET-02, 04, 06."""
    hold = Hold.objects.filter(pk=hold_id, released_at=None).first()
    if hold is None:
        raise fault("FH-RET-04")
    if not reason.strip():
        raise fault("FH-RET-02")
    subject = f"hold:{hold.pk}"
    if pending(RELEASE_KIND, subject).exists():
        raise fault("FH-RET-06")
    payload = held(hold)
    return ask(RELEASE_KIND, subject, hold.reason[:100], payload, hash_of(payload), reason.strip(), by=by, now=now)


def release(approval: Approval, _by: Doer, now: datetime) -> Mapping[str, Detail]:
    """Release a hold, within the transaction and event of the decision."""
    hold = Hold.objects.select_for_update().get(pk=approval.payload["hold"])
    hold.released_at, hold.release = now, approval
    hold.save()
    return {"hold": hold.pk}


def held(hold: Hold) -> dict[str, Any]:
    """A hold as its release is asked for."""
    return {
        "hold": hold.pk, "reason": hold.reason, "sources": hold.sources, "since": str(hold.since or ""),
        "until": str(hold.until or ""), "released": hold.released_at is not None,
    }  # fmt: skip


@transaction.atomic
def ask_pruning(log: str, reason: str, *, by: Doer, now: datetime) -> Approval:
    """Ask a second person to let go of all of a log that may go now. Faults FH-RET-01, 02, 06."""
    if not reason.strip():
        raise fault("FH-RET-02")
    parts = going(surveyed(log), now)
    if not parts:
        raise fault("FH-RET-01")
    subject = f"log:{log or 'fanghu'}"
    if pending(PRUNE_KIND, subject).exists():
        raise fault("FH-RET-06")
    payload = {
        "log": log, "first": parts[0].first, "before": parts[-1].first + SEGMENT, "parts": len(parts),
        "newest": max(part.newest_received for part in parts).isoformat(),
        "sources": sorted({source for part in parts for source in part.sources}), "allowed": True,
    }  # fmt: skip
    return ask(PRUNE_KIND, subject, subject, payload, hash_of(payload), reason.strip(), by=by, now=now)


def decided(approval: Approval, _by: Doer, now: datetime) -> Mapping[str, Detail]:
    """Keep the decision, within its own transaction and event; the keeper carries it out."""
    payload = approval.payload
    row = Pruning.objects.create(
        log=payload["log"], before=payload["before"], newest=datetime.fromisoformat(payload["newest"]),
        approval=approval, approved_at=now,
    )  # fmt: skip
    return {"pruning": row.pk, "before": row.before}


def carry_out(now: datetime, *, by: Doer, open_: Opened | None = None) -> int:
    """Do what was approved and not done yet, log by log; return how many. A log that another process holds waits."""
    done = 0
    for row in Pruning.objects.filter(done_at=None, refused="").order_by("pk"):
        places = places_of(row.log)
        try:
            with (open_ or _open)(places) as vault:
                done += _carry_out(row, vault, now, by)
        except LogBusy:
            continue
    return done


def _carry_out(row: Pruning, vault: Vault, now: datetime, by: Doer) -> bool:
    """Let go of one log's parts, unless something holds them now; what they hold is read from the log once more."""
    begun = vault.reader.first
    approval = row.approval
    asked = (approval.state, approval.kind, approval.payload.get("log"), approval.payload.get("before"))
    left = [stretch(SealedLog(vault.folder), first) for first in whole_segments(vault) if first < row.before]
    if asked != ("approved", PRUNE_KIND, row.log, row.before) or len(going(left, now)) < len(left):
        with transaction.atomic():
            row.refused = "held"
            row.save(update_fields=["refused"])
            record("log.pruned", by=by, now=now, outcome="failure", object_=_object(row), detail={"reason": "held"})
        return False
    told = {
        "asked_by": str(approval.asked_by_person_id or ""), "approved_by": str(approval.decided_by_person_id or ""),
        "approval": str(approval.pk), "newest": row.newest.isoformat(),
    }  # fmt: skip
    gone = vault.writer.prune(row.before, told, now)
    with transaction.atomic():
        row.done_at, row.record = now, gone.record
        row.save(update_fields=["done_at", "record"])
        record("log.pruned", by=by, now=now, object_=_object(row),
               detail={"first": begun, "before": gone.first, "record": gone.record, "root": gone.root.hex()})  # fmt: skip
    return True


def _object(row: Pruning) -> str:
    return f"log:{row.log or 'fanghu'}"


def _open(places: LogPlaces) -> AbstractContextManager[Vault]:
    places.ask_for()
    return opened(places, wait=5)
