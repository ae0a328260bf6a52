"""Deeds with the log's checkpoints: kept off the machine, presented again; findings that such comparisons leave."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from fanghu.auditlog import relay
from fanghu.auditlog.actions import index, places, seal_now
from fanghu.auditlog.models import KeptCheckpoint, RelayState
from fanghu.auditlog.vault import SealedLog, opened
from fanghu.events.actions import record
from fanghu.events.doer import Doer
from fanghu.events.models import OutboxEvent
from fanghu.faults import Exit, Fault
from fanghu.keys import log_keys
from fanghu.tlog.checkpoint import Checkpoint
from fanghu.tlog.damage import BadNote


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
    trusted = log_keys.trusted(places().public_key, log=places().folder)
    given = _checkpoint(text.replace(b"\r\n", b"\n").strip() + b"\n", trusted.current, *trusted.retired)
    holds = SealedLog(places().folder).extends(given.size, given.root.hex())
    with transaction.atomic():
        KeptCheckpoint.objects.filter(size=given.size, root=given.root.hex()).update(presented_at=now)
        record("checkpoint.presented", by=by, now=now, outcome="success" if holds else "failure",
               object_=f"checkpoint:{given.size}", detail={"root": given.root.hex()})  # fmt: skip
        if not holds:
            state, _made = RelayState.objects.select_for_update().get_or_create(pk=1)
            relay.add_finding(
                state,
                f"日誌並非 {given.size} 筆檢查點的延續 / the log does not extend the presented checkpoint of "
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


def current_checkpoint() -> Checkpoint:
    """The newest checkpoint, its signature checked with the pinned key; Fault FH-LOG-43 when there is none."""
    at = places()
    if not (at.folder / "checkpoint").exists():
        raise Fault("FH-LOG-43", "There is no log yet; start Fanghu once.", "尚無稽核紀錄；請先啟動防護一次。")
    return _checkpoint((at.folder / "checkpoint").read_bytes(), log_keys.pinned(at.public_key, log=at.folder))


def newest_kept() -> KeptCheckpoint | None:
    """The kept checkpoint that was kept last."""
    return KeptCheckpoint.objects.order_by("-kept_at", "-id").first()


def _checkpoint(data: bytes, *keys: log_keys.Verifier) -> Checkpoint:
    try:
        return Checkpoint.verified(data, keys)
    except BadNote:
        raise Fault(
            "FH-LOG-41",
            "This is not a checkpoint signed by this log's key; give the text exactly as it was downloaded.",
            "這不是由本日誌金鑰簽署的檢查點；請提供下載時的完整原文。",
            exit_code=Exit.NO,
        ) from None
