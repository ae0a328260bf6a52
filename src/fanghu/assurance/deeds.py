"""What verdicts rest on besides facts, held against the log: runs of drills, approved documents, relief.

A judging pass is recomputed from its leaves (``verifying``); but a row that a pass reads could be written by hand
before it, and the pass would then honestly say what the row says. The log holds how each row came to be.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q

from fanghu.approvals.approvable import hash_of
from fanghu.assurance.leaves import digest
from fanghu.assurance.models import Attestation, DrillRecord, Relief
from fanghu.assurance.verifying import Verified

TYPES = ("drill.finished", "approval.granted", "attestation.withdrawn", "relief.ended")
State = Attestation.State


@dataclass(frozen=True, slots=True)
class LoggedDeed:
    """One event of the log, of one of ``TYPES``."""

    type: str
    at: datetime
    object: str
    detail: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Kept:
    """The rows as the database holds them at one moment."""

    drills: list[DrillRecord]
    attestations: list[Attestation]
    reliefs: list[Relief]


def kept() -> Kept:
    """Every finished drill, and every document and relief that stands or stood; three queries."""
    never = Q(approved_at=None, state__in=(State.WAITING, State.REFUSED))
    return Kept(
        list(DrillRecord.objects.filter(state=DrillRecord.State.FINISHED)),
        list(Attestation.objects.exclude(never).select_related("approval")),
        list(Relief.objects.exclude(never).select_related("approval")),
    )


def hold_against(log: Iterable[LoggedDeed], rows: Kept, done: Verified) -> None:
    """Add to ``done`` every row that the log does not bear out, and every deed of the log whose row is gone."""
    events: dict[str, list[LoggedDeed]] = {type_: [] for type_ in TYPES}
    for deed in log:
        events[deed.type].append(deed)
    _drills({str(deed.detail.get("run")): deed for deed in events["drill.finished"]}, rows.drills, done)
    granted = {deed.object.removeprefix("approval:"): deed for deed in events["approval.granted"]}
    ended = {deed.object for type_ in ("attestation.withdrawn", "relief.ended") for deed in events[type_]}
    for row in rows.attestations:
        fields = {
            "duty": row.duty, "claim": row.claim, "statement": row.statement, "document_hash": row.document_hash,
            "from": row.effective_from.isoformat(), "until": row.effective_until.isoformat(),
        }  # fmt: skip
        _approved(f"attestation:{row.pk}", row, fields, row.subject, granted, ended, done)
    for relief in rows.reliefs:
        fields = {
            "duty": relief.duty, "kind": relief.kind, "comparison": relief.comparison,
            "document_hash": relief.document_hash, "until": relief.until.isoformat(),
        }  # fmt: skip
        _approved(f"relief:{relief.pk}", relief, fields, relief.subject, granted, ended, done)
    there = {str(row.approval_id) for row in rows.attestations} | {str(row.approval_id) for row in rows.reliefs}
    for number, deed in granted.items():
        if deed.detail.get("kind") in ("attestation", "relief") and number not in there:
            done.say(
                f"The log holds approval {number} ({deed.detail.get('subject')}), whose rows are missing.",
                f"稽核紀錄中有簽核 {number}（{deed.detail.get('subject')}），資料庫中卻沒有對應資料。",
            )


def _drills(logged: Mapping[str, LoggedDeed], rows: Iterable[DrillRecord], done: Verified) -> None:
    seen = set()
    for row in rows:
        seen.add(str(row.pk))
        deed = logged.get(str(row.pk))
        said = deed and (
            deed.object, deed.detail.get("duty"), deed.detail.get("subject"), deed.detail.get("result"), deed.at
        )  # fmt: skip
        if said != (f"drill:{row.name}", row.duty, row.subject, row.result, row.finished_at):
            told = deed.detail.get("result") if deed else "-"
            done.say(
                f"Drill {row.name} {row.pk}: the row says {row.result}, the log says {told}, or otherwise when or of what.",
                f"演練 {row.name} {row.pk}：資料列為 {row.result}，稽核紀錄為 {told}，或時間、對象不符。",
            )
        elif deed is not None and deed.detail.get("steps_hash") != digest(row.steps):
            done.say(
                f"Drill {row.name} {row.pk}: its steps were edited after it ended.",
                f"演練 {row.name} {row.pk}：步驟在結束後遭修改。",
            )
    for run, deed in logged.items():
        if run not in seen:
            done.say(
                f"The log holds run {run} of {deed.object} ({deed.detail.get('result')}), which is missing.",
                f"稽核紀錄中有 {deed.object} 的演練 {run}（{deed.detail.get('result')}），資料庫中卻沒有。",
            )


def _approved(
    name: str,
    row: Attestation | Relief,
    fields: Mapping[str, Any],
    subject: str,
    granted: Mapping[str, LoggedDeed],
    ended: set[str],
    done: Verified,
) -> None:
    """A row that stands, or stood, is what a second person approved; one that was ended does not stand."""
    deed = granted.get(str(row.approval_id))
    payload = row.approval.payload if row.approval else {}
    if deed is None or deed.detail.get("hash") != hash_of(payload):
        done.say(
            f"{name}: the log holds no approval of what it says ({row.duty} {subject}).",
            f"{name}：稽核紀錄中沒有對其內容的簽核（{row.duty} {subject}）。",
        )
    elif {key: payload.get(key) for key in fields} != fields or subject not in (
        payload.get("subjects") or [payload.get("subject")]
    ):
        done.say(
            f"{name}: it was edited after it was approved ({row.duty} {subject}).",
            f"{name}：簽核後遭修改（{row.duty} {subject}）。",
        )
    elif row.state == State.STANDING and (row.ended_at is not None or name in ended):
        done.say(
            f"{name}: it stands although the log says it was ended ({row.duty} {subject}).",
            f"{name}：稽核紀錄顯示已終止，卻仍有效（{row.duty} {subject}）。",
        )
