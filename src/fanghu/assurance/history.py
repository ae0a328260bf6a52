"""Verifying history as a whole, beside a server that goes on judging, drilling and deciding."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from fanghu.assurance import deeds, explained, verifying
from fanghu.assurance.deeds import LoggedDeed
from fanghu.assurance.models import HistoryCheck
from fanghu.assurance.moment import Step, events_of, one_moment, sealed_size, this_moment
from fanghu.assurance.verifying import LoggedRoot, Verified
from fanghu.events.actions import record
from fanghu.events.changes import accept
from fanghu.events.doer import Doer
from fanghu.events.schema import AuditEvent
from fanghu.faults import Exit, Fault


def verify_history(step: Step = str) -> Verified:
    """Recompute history in one moment of the database and hold it against the log of that moment.

    ``step`` is told each step that was done (a test lets others work in between).
    """
    size = sealed_size()
    step("log measured")
    with one_moment():
        moment = this_moment(size)
        step("moment taken")
        done = verifying.recompute()
        step("passes read")
        rows = deeds.kept()
        digests = explained.kept_digests()
    step("rows read")
    try:
        log = None if size is None else list(events_of(moment))
    except (Fault, OSError):
        log = None
    verifying.hold_passes(None if log is None else _roots(log), done)
    if log is not None:
        deeds.hold_against(_deeds(log), rows, done)
        explained.hold_rows(log, digests, done)
    return done


def check(*, by: Doer, now: datetime) -> Verified:
    """Verify history and keep what came of it, with one event; the board names the first finding until none is left."""
    done = verify_history()
    with transaction.atomic():
        found = len(done.findings)
        kept = {"at": now, "findings": found, "first": done.findings[:1], "log_read": done.log_read}
        HistoryCheck.objects.update_or_create(pk=1, defaults=kept)
        record(
            "history.verified", by=by, now=now, outcome="failure" if found or not done.log_read else "success",
            detail={
                "findings": found, "runs": done.runs, "intervals": done.intervals, "rows": done.rows,
                "log_read": done.log_read, "first": [en for _zh, en in done.findings[:20]],
            },
        )  # fmt: skip
    return done


def edited_since() -> tuple[datetime, int, str, str] | None:
    """When history was last verified, how much does not agree, and the first of it in zh-Hant and English; or None."""
    newest = HistoryCheck.objects.filter(pk=1, findings__gt=0).first()
    if newest is None:
        return None
    zh, en = newest.first[0]
    return newest.at, newest.findings, zh, en


def settle(reason: str, *, by: Doer, now: datetime) -> int:
    """Accept the rows that no event explains as they are now, with a reason; one event names them. Returns how many.

    Fault FH-HIS-01 without a reason, FH-HIS-02 when the log cannot be read. Passes and drills are never settled.
    """
    reason = reason.strip()
    if not reason:
        raise Fault("FH-HIS-01", "Say what was found out and done.", "請說明查明的原因與處置。", exit_code=Exit.USAGE)
    size = sealed_size()
    if size is None:
        raise Fault("FH-HIS-02", "The audit log cannot be read; verify it first.", "無法讀取稽核紀錄；請先驗證日誌。")
    with one_moment():
        moment = this_moment(size)
        kept = explained.kept_digests()
    log = [event for event in events_of(moment) if event.rows]
    settled: set[str] = set()
    while found := explained.unexplained(log, kept):  # a row edited more than once takes more than one event
        with transaction.atomic():
            accept(found)
            record("history.settled", by=by, now=now, detail={"reason": reason[:500], "rows": len(found)})
        log.append(AuditEvent(id="", type="", time=now, actor="", outcome="success", rows=found))
        settled |= found.keys()
    return len(settled)


def _roots(log: list[AuditEvent]) -> list[LoggedRoot]:
    return [
        LoggedRoot(
            event.object.removeprefix("judging:"), str(event.detail.get("root")), str(event.detail.get("started"))
        )
        for event in log
        if event.type == "judging.finished"
    ]


def _deeds(log: list[AuditEvent]) -> list[LoggedDeed]:
    return [
        LoggedDeed(event.type, event.time, event.object, event.detail) for event in log if event.type in deeds.TYPES
    ]
