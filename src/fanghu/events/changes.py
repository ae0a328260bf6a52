"""What the transaction under way has changed of governed rows, and the event that tells of it.

Kept among the transaction's ``on_commit`` calls, so that it ends with the transaction however that ends.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Iterable, Mapping
from typing import Any, Protocol

import msgspec
from django.db import connection, transaction

from fanghu.events.models import OutboxEvent
from fanghu.events.schema import AuditEvent

log = logging.getLogger(__name__)
WITHIN = 150  # rows told in the deed's own event; more follow in events "rows.changed"
APART = 500


class Readable(Protocol):
    """A governed model, as far as it matters here."""

    @property
    def label(self) -> str:
        """``app.model``."""

    def digests(self, pks: Iterable[Any] | None = None) -> Iterable[tuple[Any, str]]:
        """Primary key and digest of the rows that exist."""


class Ledger:
    """One transaction's touched rows with their digests before, and the event that was recorded last."""

    def __init__(self) -> None:
        self.touched: dict[str, tuple[Readable, dict[Any, str]]] = {}
        self.accepted: dict[str, tuple[str, str]] = {}
        self.event: AuditEvent | None = None

    def __call__(self) -> None:
        """Committed; rows that no event of the transaction tells of are our defect, and verification will name them."""
        if self.touched and (untold := self.take()):
            log.error("rows were changed without an event: %s", ", ".join(sorted(untold)[:20]))

    def take(self) -> dict[str, tuple[str, str]]:
        """Digest before and after of every row that really changed, by ``app.model:key``; then all is told."""
        found, self.accepted = self.accepted, {}
        for label, (governance, before) in self.touched.items():
            after = dict(governance.digests(before))
            for pk, old in before.items():
                if old != (new := after.get(pk, "")):
                    found[f"{label}:{pk}"] = (old, new)
        self.touched = {}
        return found


def _ledger(*, make: bool = False) -> Ledger | None:
    for entry in connection.run_on_commit:
        if isinstance(entry[1], Ledger):
            return entry[1]
    if not make:
        return None
    made = Ledger()
    transaction.on_commit(made, robust=True)
    return made


def may_be_noted() -> bool:
    """Whether a transaction is under way; what is changed outside of one cannot be told with its event."""
    return bool(connection.in_atomic_block)


def not_yet_noted(governance: Readable, pks: Iterable[Any]) -> list[Any]:
    """Those of the rows that this transaction has not noted since its last event."""
    ledger = _ledger()
    noted = ledger.touched.get(governance.label, (governance, {}))[1] if ledger else {}
    return [pk for pk in pks if pk not in noted]


def note(governance: Readable, before: Mapping[Any, str]) -> None:
    """Remember the digests of rows about to change ("" for one that is not there yet)."""
    if before and (ledger := _ledger(make=True)) is not None:
        ledger.touched.setdefault(governance.label, (governance, {}))[1].update(before)


def accept(rows: Mapping[str, tuple[str, str]]) -> None:
    """Let the event that follows in this transaction accept rows as they are, though no event explains them."""
    ledger = _ledger(make=True)
    assert ledger is not None
    ledger.accepted = dict(rows)


def told(event: AuditEvent) -> list[AuditEvent]:
    """The event with the rows that its transaction has changed so far, and further events where they are many."""
    ledger = _ledger(make=True)
    assert ledger is not None
    rows = list(ledger.take().items())
    event.rows = dict(rows[:WITHIN])
    ledger.event = event
    rest = rows[WITHIN:]
    return [event, *(_apart(event, dict(rest[start : start + APART])) for start in range(0, len(rest), APART))]


def _apart(event: AuditEvent, rows: dict[str, tuple[str, str]]) -> AuditEvent:
    return msgspec.structs.replace(
        event, id=secrets.token_hex(16), type="rows.changed", detail={"with": event.type}, rows=rows
    )


def amend() -> None:
    """Tell of rows that were changed after the transaction's event was recorded, as long as it waits in the outbox."""
    ledger = _ledger()
    if ledger is None or ledger.event is None or not ledger.touched:
        return
    touched = ledger.touched
    merged = dict(ledger.event.rows)
    for name, (old, new) in ledger.take().items():
        merged[name] = (merged[name][0] if name in merged else old, new)
    event = msgspec.structs.replace(ledger.event, rows=merged)
    waiting = OutboxEvent.objects.filter(pk=event.id, sealed_at=None)
    if len(merged) <= APART and waiting.update(body=msgspec.json.encode(event)):
        ledger.event = event
    else:  # the next event tells of them
        ledger.event, ledger.touched = None, touched
