"""One moment of the database, and what the log holds of exactly that moment, while others go on working.

Rows and the events that explain them are written in one transaction, but read from two places. So the log's length is
taken first, then all rows are read as of one moment together with the ids of the events that the log may not have held
then; the log is read last. An event counts when it lies before that length, or when its id is among those ids: what was
done after the moment is neither missing nor unexplained.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.db import connection, transaction

from fanghu.auditlog.actions import index, places, seal_now
from fanghu.auditlog.query import Query
from fanghu.auditlog.vault import SealedLog
from fanghu.events.reading import newer_than
from fanghu.events.schema import AuditEvent
from fanghu.faults import Fault

Step = Callable[[str], object]


@dataclass(frozen=True, slots=True)
class Moment:
    """A moment: how long the log was before it, and the ids of the events that came after that length."""

    size: int
    newer: frozenset[str]


def sealed_size() -> int | None:
    """Seal what waits and return the log's length; None when the log cannot be written or read."""
    try:
        seal_now(wait=True)
        return SealedLog(places().folder).size if (places().folder / "checkpoint").exists() else 0
    except (Fault, OSError):
        return None


@contextmanager
def one_moment() -> Iterator[None]:
    """A transaction that sees the database as it is at its first query, and keeps nobody from writing."""
    if connection.in_atomic_block:
        yield
        return
    connection.ensure_connection()
    usual = getattr(connection, "transaction_mode", None)
    if connection.vendor == "sqlite":
        connection.transaction_mode = "DEFERRED"  # type: ignore[attr-defined]
    try:
        with transaction.atomic():
            if connection.vendor == "postgresql":
                with connection.cursor() as cursor:
                    cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            yield
    finally:
        if connection.vendor == "sqlite":
            connection.transaction_mode = usual  # type: ignore[attr-defined]


def this_moment(size: int | None) -> Moment:
    """To be asked first inside ``one_moment``."""
    if size is None:
        return Moment(0, frozenset())
    return Moment(size, newer_than(size))


def events_of(moment: Moment) -> Iterator[AuditEvent]:
    """Our own events that the log holds of that moment, in the log's order; Fault or OSError when it cannot be read."""
    seal_now(wait=True)
    if not (places().folder / "checkpoint").exists():
        return
    log, base = SealedLog(places().folder), index()
    base.catch_up(log)
    for found in log.records_at(base.find(Query({"kind": ("event",)}))):
        if found.event is not None and (found.index < moment.size or found.id in moment.newer):
            yield found.event
