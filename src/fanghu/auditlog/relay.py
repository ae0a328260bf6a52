"""From the outbox into the log, exactly once: the one relay holds the log's lock, and the log itself is asked what it holds.

Order of things: entries are appended, then sealed, then — in one transaction — the rows are marked and ``known_size``
moves on. A crash anywhere leaves entries past ``known_size``; the next relay reads those and marks rows it finds there
instead of appending them again. Entries of our own past ``known_size`` that no row knows mean that the database is older
than the log (it was restored); a log shorter than ``known_size`` or with another root was itself put back or replaced.
Both are findings; the second also stops the relay, because appending would fork the log.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import datetime
from itertools import islice
from typing import TypeVar

from django.db import transaction
from django.db.models import QuerySet

from fanghu.auditlog.models import RelayState
from fanghu.auditlog.record import entry_of_event
from fanghu.auditlog.vault import Vault
from fanghu.events.actions import record
from fanghu.events.doer import KEEPER
from fanghu.events.models import OutboxEvent
from fanghu.faults import Fault
from fanghu.tlog.damage import LogDamaged

BATCH = 2_000
STOPPED = "FH-LOG-91"
T = TypeVar("T")


def relay(vault: Vault, now: datetime) -> int:
    """Deliver every waiting row into the opened log; return how many were appended.

    Raises Fault FH-LOG-91 when the log does not fit what this database knows of it (nothing is appended then), and
    FH-LOG-92 when it cannot be written.
    """
    catch_up(vault, now)
    appended = 0
    while rows := list(_waiting()[:BATCH]):
        first = vault.append([entry_of_event(bytes(row.body), now) for row in rows])
        vault.seal(now)
        _mark({row.id: first + number for number, row in enumerate(rows)}, vault, now)
        appended += len(rows)
    return appended


def catch_up(vault: Vault, now: datetime) -> None:
    """Compare the log with what the database knows, and take note of entries that came without it."""
    if vault.unsealed:
        vault.seal(now)
    state, _ = RelayState.objects.get_or_create(pk=1)
    if vault.size < state.known_size:
        _stop(state, now, f"日誌比資料庫所知的短：{vault.size} 筆，應有 {state.known_size} 筆 / the log is shorter than this "
                          f"database knows: {vault.size} entries, not {state.known_size}")  # fmt: skip
    if not vault.extends(state.known_size, state.root):
        _stop(state, now, f"日誌的前 {state.known_size} 筆與資料庫所知的不同 / the first {state.known_size} entries of the log "
                          "are not those this database knows")  # fmt: skip
    if vault.size == state.known_size:
        return
    found: dict[str, int] = {}
    foreign = 0
    for chunk in _chunks(r for r in vault.records(state.known_size, vault.size) if r.kind == "event"):
        ids = {entry.id: entry.index for entry in chunk}
        known = set(OutboxEvent.objects.filter(id__in=ids).values_list("id", flat=True))
        found |= {id_: index for id_, index in ids.items() if id_ in known}
        foreign += len(ids) - len(known)
    finding = ""
    if foreign:
        finding = (f"資料庫比日誌舊（可能由備份還原）：日誌中有 {foreign} 筆事件資料庫不認得 / the database is older than the log "
                   f"(restored from a backup?): {foreign} events in the log are unknown to it")  # fmt: skip
    _mark(found, vault, now, finding=finding)


def note_sealed(vault: Vault, now: datetime) -> None:
    """Move ``known_size`` on after entries that came without an outbox row (an import) were sealed."""
    _mark({}, vault, now)


def note_damage(why: LogDamaged) -> None:
    """Keep a finding that the log on disk cannot be opened; no event, for there is nowhere to put it."""
    with transaction.atomic():
        state, _made = RelayState.objects.select_for_update().get_or_create(pk=1)
        add_finding(state, f"{why.zh_hant} / {why.en}")
        state.save(update_fields=["finding"])


def add_finding(state: RelayState, finding: str) -> None:
    """Add a finding to those that stand, once."""
    if finding not in state.finding:
        state.finding = f"{state.finding}；{finding}" if state.finding else finding


def _waiting() -> QuerySet[OutboxEvent]:
    return OutboxEvent.objects.filter(sealed_at=None).order_by("created_at", "id")


def _mark(rows: dict[str, int], vault: Vault, now: datetime, *, finding: str = "") -> None:
    with transaction.atomic():
        state = RelayState.objects.select_for_update().get(pk=1)
        marked = []
        for chunk in _chunks(iter(rows.items())):
            for row in OutboxEvent.objects.filter(id__in=[id_ for id_, _ in chunk]).only("id"):
                row.log_index, row.sealed_at = rows[row.id], now
                marked.append(row)
        OutboxEvent.objects.bulk_update(marked, ["log_index", "sealed_at"], batch_size=300)
        state.known_size = state.sealed_size = vault.size
        state.root, state.sealed_at = vault.root, now
        if finding:
            _note(state, finding, now)
        state.save()


def _stop(state: RelayState, now: datetime, finding: str) -> None:
    if finding not in state.finding:
        with transaction.atomic():
            _note(state, finding, now)
            state.save(update_fields=["finding"])
    raise Fault(
        STOPPED,
        "The log's folder is not the one this database knows (was one of them put back?), so nothing is appended; "
        "put the right folder back, or settle the finding on the log page.",
        "日誌資料夾與資料庫所知的不符（是否其中之一曾還原？），因此不再寫入；請放回正確的資料夾，或於稽核紀錄頁處理此發現。",
    )


def _note(state: RelayState, finding: str, now: datetime) -> None:
    """Keep the finding; its event is left out where the outbox is already full, for delivery must go on."""
    add_finding(state, finding)
    with suppress(Fault):
        record("log.mismatch_found", by=KEEPER, now=now, outcome="failure",
               detail={"finding": finding, "known_size": state.known_size})  # fmt: skip


def _chunks(items: Iterator[T], size: int = 500) -> Iterator[Sequence[T]]:
    while chunk := list(islice(items, size)):
        yield chunk
