"""Deeds of the audit log: deliver, import, verify, keep and present checkpoints, settle findings, search."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db import transaction

from fanghu.auditlog import importing, relay
from fanghu.auditlog.importing import Tally
from fanghu.auditlog.index import Index
from fanghu.auditlog.models import ImportRun, KeptCheckpoint, RelayState
from fanghu.auditlog.order import Order, check
from fanghu.auditlog.query import Query
from fanghu.auditlog.record import LogRecord
from fanghu.auditlog.vault import SealedLog, Vault, opened
from fanghu.events.actions import record
from fanghu.events.doer import Doer
from fanghu.events.models import OutboxEvent
from fanghu.faults import Exit, Fault
from fanghu.keys import log_keys
from fanghu.keys.locations import LogPlaces
from fanghu.tlog.checkpoint import Checkpoint
from fanghu.tlog.damage import BadNote, LogBusy, LogDamaged
from fanghu.tlog.report import Report
from fanghu.tlog.verify import verify_folder

DELIVERED_KEPT = timedelta(days=30)
INLINE = 10_000  # entries a page verifies while somebody waits; a longer log is left to the keeper
Opened = Callable[[], AbstractContextManager[Vault]]


def places() -> LogPlaces:
    """Where this installation keeps its log."""
    return LogPlaces(Path(settings.HOME))


def index() -> Index:
    """The search index of this installation's log."""
    return Index(places().index)


def open_log(now: datetime) -> None:
    """Make key and log at the first start; deliver what waits, if nobody else does.

    A log that does not fit the database keeps nobody from starting (the board shows the finding); a damaged one does.
    """
    try:
        with opened(places(), create=not places().folder.exists()) as vault:
            relay.relay(vault, now)
    except LogBusy:
        pass
    except LogDamaged as why:
        relay.note_damage(why)
        raise
    except Fault as why:
        if why.code != relay.STOPPED:
            raise


def deliver(now: datetime, *, open_: Opened | None = None) -> int:
    """Bring waiting events into the log; 0 when none wait or another process is delivering."""
    if not OutboxEvent.objects.filter(sealed_at=None).exists():
        return 0
    try:
        with (open_ or _open)() as vault:
            return relay.relay(vault, now)
    except LogBusy:
        return 0
    except LogDamaged as why:
        relay.note_damage(why)
        raise


def seal_now(
    *,
    wait: bool = True,
    timeout: float = 20.0,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    pause: Callable[[float], object] = time.sleep,
) -> int:
    """Deliver now; with ``wait``, return only when every event recorded so far is sealed, whoever seals it.

    Raises Fault FH-LOG-93 (exit 75) when that does not come about within ``timeout`` seconds.
    """
    mine = list(OutboxEvent.objects.filter(sealed_at=None).values_list("id", flat=True))
    done = deliver(clock())
    for _try in range(int(timeout * 10) if wait else 0):
        if not OutboxEvent.objects.filter(sealed_at=None, id__in=mine[-500:]).exists():
            return done
        pause(0.1)
        done += deliver(clock())
    if wait and OutboxEvent.objects.filter(sealed_at=None, id__in=mine[-500:]).exists():
        raise Fault(
            "FH-LOG-93",
            "The deed is done, but its event is not yet sealed in the audit log because another process holds the log; "
            "it will be sealed when that one ends.",
            "動作已完成，但另一個程序正占用稽核紀錄，其事件尚未封存；待該程序結束後即會封存。",
            exit_code=Exit.BUSY,
        )
    return done


def import_file(
    order: Order, *, by: Doer, now: datetime, open_: Opened | None = None, after_chunk: Callable[[Tally], object] = id
) -> ImportRun:
    """Import a log file; what the log already holds is not added again, and one event tells of the run.

    Raises Fault FH-LOG-20 … 28 before anything is touched; LogBusy (exit 75) when another import holds the log.
    """
    found = check(order)
    RelayState.objects.get_or_create(pk=1)  # a database that is not ready is told before there is a log
    name = (order.file_name or order.path.name)[-200:]
    with (open_ or (lambda: opened(places(), create=True, wait=30)))() as vault:
        relay.relay(vault, now)

        def between(tally: Tally) -> None:
            relay.relay(vault, now)
            after_chunk(tally)

        tally = importing.import_lines(vault, index(), order, found, now, between)
        with transaction.atomic():
            run = ImportRun.objects.create(
                id=tally.run, source=order.source, format=order.format, file_name=name, file_hash=tally.file_hash,
                imported=tally.imported, already=tally.already, verbatim=tally.verbatim, assumed=tally.assumed,
                hosts=sorted(tally.hosts), first_time=tally.first, last_time=tally.last, at=now,
            )  # fmt: skip
            record(
                "log.imported", by=by, now=now, object_=f"source:{order.source}",
                detail={
                    "run": tally.run, "format": order.format, "file_sha256": tally.file_hash, "lines": tally.lines,
                    "imported": tally.imported, "already_there": tally.already, "kept_verbatim": tally.verbatim,
                    "assumed": sorted(tally.assumed),
                },
            )  # fmt: skip
        relay.relay(vault, now)
    return run


def search(
    query: Query,
    *,
    by: Doer,
    now: datetime,
    limit: int = -1,
    offset: int = 0,
    newest_first: bool = False,
    most: int | None = None,
) -> Iterator[LogRecord]:
    """Matching records, read from the log itself; the search is an event that names the filters, not their values.

    ``most`` bounds how many entries the index is brought up by first (a page must not wait for a whole import).
    """
    with transaction.atomic():
        record("log.searched", by=by, now=now, detail={"filters": query.shape})
    if not (places().folder / "checkpoint").exists():
        return iter(())
    log, base = SealedLog(places().folder), index()
    base.catch_up(log, limit=most)
    hits = base.find(query, limit=limit, offset=offset, newest_first=newest_first)
    return log.records_at(hits)


def verify(*, by: Doer, now: datetime) -> Report:
    """Verify every byte of the log against the pinned key and the newest kept checkpoint; the outcome is kept.

    Needs no lock: a folder that a relay changes meanwhile is read again. A torn append that a crash left is first
    mended by opening the log once.
    """
    kept = newest_kept()
    at = places()
    keys = [log_keys.pinned(at.public_key, log=at.folder)]
    since = kept.checkpoint.encode() if kept else None
    report = verify_folder(at.folder, keys=keys, since=since)
    if report.cannot_tell:
        with opened(at, wait=10):
            pass
        report = verify_folder(at.folder, keys=keys, since=since)
    with transaction.atomic():
        state, _made = RelayState.objects.select_for_update().get_or_create(pk=1)
        state.verified_at, state.verified_ok, state.verified_size = now, report.ok, report.size
        state.verify_asked_at = None
        state.save(update_fields=["verified_at", "verified_ok", "verified_size", "verify_asked_at"])
        record(
            "log.verified", by=by, now=now, outcome="success" if report.ok else "failure",
            detail={
                "size": report.size, "root": report.root.hex(), "first_bad": report.first_bad or "",
                "since_size": kept.size if kept else 0,
            },
        )  # fmt: skip
    return report


def ask_for_verification(now: datetime) -> None:
    """Leave a verification to the keeper; its own event tells of it when it is done."""
    RelayState.objects.update_or_create(pk=1, defaults={"verify_asked_at": now})


def keep_checkpoint(where: str, *, account: str | None, by: Doer, now: datetime) -> KeptCheckpoint:
    """Note that the current checkpoint is taken off the machine, to ``where``; the reader must really take it there."""
    where = where.strip()
    if not where:
        raise Fault("FH-LOG-40", "Say where the checkpoint is kept.", "請說明檢查點保存在哪裡。", exit_code=Exit.USAGE)
    seal_now(wait=False)
    checkpoint = current_checkpoint()
    with transaction.atomic():
        kept = KeptCheckpoint.objects.create(
            checkpoint=checkpoint.note.decode(), size=checkpoint.size, root=checkpoint.root.hex(), kept_at=now,
            kept_by_id=account, where=where[:200],
        )  # fmt: skip
        record("checkpoint.kept", by=by, now=now, object_=f"checkpoint:{checkpoint.size}",
               detail={"root": kept.root, "where": kept.where})  # fmt: skip
    return kept


def present_checkpoint(text: bytes, *, by: Doer, now: datetime) -> tuple[bool, int]:
    """Compare a checkpoint that was kept elsewhere with the log; return whether the log extends it, and its size.

    Raises Fault FH-LOG-41 when the text is no checkpoint signed by this log's pinned key.
    """
    key = log_keys.pinned(places().public_key, log=places().folder)
    given = _checkpoint(text.replace(b"\r\n", b"\n").strip() + b"\n", key)
    holds = SealedLog(places().folder).extends(given.size, given.root.hex())
    with transaction.atomic():
        KeptCheckpoint.objects.filter(size=given.size, root=given.root.hex()).update(presented_at=now)
        record("checkpoint.presented", by=by, now=now, outcome="success" if holds else "failure",
               object_=f"checkpoint:{given.size}", detail={"root": given.root.hex()})  # fmt: skip
        if not holds:
            state, _made = RelayState.objects.select_for_update().get_or_create(pk=1)
            relay.add_finding(
                state,
                f"紀錄檔並非 {given.size} 筆檢查點的延續 / the log does not extend the presented checkpoint of "
                f"{given.size} entries",
            )
            state.save(update_fields=["finding"])
    return holds, given.size


def settle_finding(reason: str, *, by: Doer, now: datetime) -> None:
    """Close the standing finding with a reason; after a log that was put back, go on from the log as it now is.

    Events that the folder lost and that the database still holds are then delivered again.
    """
    reason = reason.strip()
    if not reason:
        raise Fault("FH-LOG-42", "Say what was found out and done.", "請說明查明的原因與處置。", exit_code=Exit.USAGE)
    with opened(places(), wait=10) as vault:
        if vault.unsealed:
            vault.seal(now)
        state, _made = RelayState.objects.get_or_create(pk=1)
        lost: list[str] = []
        if not vault.extends(state.known_size, state.root):
            base = index()
            base.catch_up(vault)
            ids = list(OutboxEvent.objects.exclude(sealed_at=None).values_list("id", flat=True))
            held = base.known([bytes.fromhex(id_) for id_ in ids])
            lost = [id_ for id_ in ids if bytes.fromhex(id_) not in held]
            state.known_size = state.sealed_size = vault.size
            state.root = vault.root
        with transaction.atomic():
            for start in range(0, len(lost), 500):
                OutboxEvent.objects.filter(id__in=lost[start : start + 500]).update(sealed_at=None, log_index=None)
            settled, state.finding = state.finding, ""
            state.save()
            record("log.finding_settled", by=by, now=now,
                   detail={"finding": settled, "reason": reason[:500], "delivered_again": len(lost)})  # fmt: skip


def prune_outbox(now: datetime) -> int:
    """Delete rows whose events have been sealed for 30 days; the log holds them."""
    return OutboxEvent.objects.filter(sealed_at__lt=now - DELIVERED_KEPT).delete()[0]


def current_checkpoint() -> Checkpoint:
    """The newest checkpoint, its signature checked with the pinned key; Fault FH-LOG-43 when there is none."""
    at = places()
    if not (at.folder / "checkpoint").exists():
        raise Fault("FH-LOG-43", "There is no log yet; start Fanghu once.", "尚無稽核紀錄；請先啟動防護一次。")
    return _checkpoint((at.folder / "checkpoint").read_bytes(), log_keys.pinned(at.public_key, log=at.folder))


def newest_kept() -> KeptCheckpoint | None:
    """The kept checkpoint that was kept last."""
    return KeptCheckpoint.objects.order_by("-kept_at", "-id").first()


def _open() -> AbstractContextManager[Vault]:
    return opened(places(), create=not places().folder.exists())


def _checkpoint(data: bytes, key: log_keys.Verifier) -> Checkpoint:
    try:
        return Checkpoint.verified(data, [key])
    except BadNote:
        raise Fault(
            "FH-LOG-41",
            "This is not a checkpoint signed by this log's key; give the text exactly as it was downloaded.",
            "這不是由本紀錄金鑰簽署的檢查點；請提供下載時的完整原文。",
            exit_code=Exit.NO,
        ) from None
