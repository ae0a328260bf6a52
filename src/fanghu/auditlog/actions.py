"""Deeds of the audit log: deliver, import, search."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db import transaction

from fanghu.auditlog import exports, importing, relay
from fanghu.auditlog.importing import Tally
from fanghu.auditlog.index import Index
from fanghu.auditlog.indexes import Indexes
from fanghu.auditlog.models import ImportRun, RelayState
from fanghu.auditlog.order import Order, check
from fanghu.auditlog.query import Query
from fanghu.auditlog.readers import within_reach
from fanghu.auditlog.record import LogRecord
from fanghu.auditlog.vault import Vault, opened
from fanghu.events.actions import record
from fanghu.events.doer import Doer
from fanghu.events.models import OutboxEvent
from fanghu.faults import Exit, Fault
from fanghu.keys.locations import LogPlaces
from fanghu.tlog.damage import LogBusy, LogDamaged

DELIVERED_KEPT = timedelta(days=30)
OTHERS_INLINE = 2_000  # entries of each other log that a page brings its index up by; the keeper does the rest
LOOKED_THROUGH = 300_000  # records of a log that a page looks for free words in
Opened = Callable[[], AbstractContextManager[Vault]]


def places() -> LogPlaces:
    """Where this installation keeps its log."""
    return LogPlaces(Path(settings.HOME))


def index() -> Index:
    """The search index of this installation's log."""
    return Index(places().index)


def indexes() -> Indexes:
    """The search indexes of every log that lies here."""
    return Indexes(Path(settings.HOME))


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
                    "assumed": sorted(tally.assumed), "unread": tally.unread,
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
    """Matching records of every log, read from the logs; the search is an event that names the filters, not their values.

    Only what ``by`` may read; Denied FH-LOG-70 when the query names a source that they may not.
    ``most`` bounds how many entries an index is brought up by first, and how many records free words are looked for in
    (a page must not wait for a whole import).
    """
    query = within_reach(query, by=by, now=now)
    with transaction.atomic():
        record("log.searched", by=by, now=now, detail={"filters": query.shape})
    every = indexes()
    every.catch_up(limit=most, others=None if most is None else OTHERS_INLINE)
    through = None if most is None else LOOKED_THROUGH
    return every.search(query, limit=limit, offset=offset, newest_first=newest_first, most=through)


def export(query: Query, shape: str, *, by: Doer, now: datetime, most: int = exports.MOST) -> Iterator[bytes]:
    """The newest matching records as a file of ``shape`` (`exports.FORMATS`), piece by piece; an event tells of it.

    Only what ``by`` may read, as in ``search``. Raises Fault FH-LOG-35 for a shape that is none, Denied FH-LOG-70.
    """
    if shape not in exports.FORMATS:
        known = ", ".join(exports.FORMATS)
        raise Fault(
            "FH-LOG-35", f"Export as one of {known}.", f"匯出格式請選用 {known} 其中之一。", exit_code=Exit.USAGE
        )
    query = within_reach(query, by=by, now=now)
    with transaction.atomic():
        record("log.exported", by=by, now=now, detail={"filters": query.shape, "format": shape})
    every = indexes()
    every.catch_up(seconds=10)
    scratch = Path(settings.HOME) / "staging"
    scratch.mkdir(mode=0o700, exist_ok=True)
    found = every.search(query, limit=most + 1, newest_first=True)
    return exports.written(shape, found, every.logs, scratch, most)


def prune_outbox(now: datetime) -> int:
    """Delete rows whose events have been sealed for 30 days; the log holds them."""
    return OutboxEvent.objects.filter(sealed_at__lt=now - DELIVERED_KEPT).delete()[0]


def _open() -> AbstractContextManager[Vault]:
    return opened(places(), create=not places().folder.exists())
