"""Attestation: a document that says a duty is kept; asked for, approved by a second person, revised, withdrawn."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Max

from fanghu.approvals import actions as approvals
from fanghu.approvals.approvable import hash_of
from fanghu.approvals.models import Approval
from fanghu.assurance.documents import Kept, is_whole, link
from fanghu.assurance.judging import needs_document
from fanghu.assurance.law import duty_called, in_force, taipei_date
from fanghu.assurance.marks import mark_changed
from fanghu.assurance.models import Attestation
from fanghu.assurance.providers import testify
from fanghu.assurance.readings import readings
from fanghu.assurance.rules import latest_end
from fanghu.events.actions import record
from fanghu.events.doer import Doer
from fanghu.events.schema import Detail
from fanghu.faults import Exit, Fault
from fanghu.register.collectors import firm_now, systems_now
from fanghu.regulation import Duty, applies
from fanghu.testimony import FIRM, Scope, Subject

KIND = "attestation"
State = Attestation.State
LONGEST_STATEMENT = 4_000


def closed(duty: Duty, subjects: Iterable[Subject], now: datetime) -> frozenset[Subject]:
    """The subjects where no document can stand: facts are provided, if stale ones, and none is needed beside them."""
    reading = readings(settings.FANGHU_CLAUSES).get(duty.id)
    if reading is None:
        return frozenset()
    asked = frozenset(subjects)
    said = testify(reading.asks_for, Scope(now, asked))
    found = {subject: [facts[subject] for facts in said.values() if subject in facts] for subject in asked}
    return frozenset(subject for subject, told in found.items() if told and not needs_document(duty, subject, told))


def attestable(duty: Duty, now: datetime) -> list[Subject]:
    """The subjects a document may be given for: the duty applies, and nothing testifies by itself."""
    systems, firm = systems_now(retired_too=True), firm_now()
    if duty.scope.on == "firm":
        candidates = [FIRM] if applies(duty, firm, FIRM, None).applies else []
    else:
        candidates = [Subject.system(s) for s in systems if applies(duty, firm, Subject.system(s), systems[s]).applies]
    measured = closed(duty, candidates, now)
    return [subject for subject in candidates if subject not in measured]


def _refusal(code: str, en: str, zh_hant: str) -> Fault:
    return Fault(code, en, zh_hant, exit_code=Exit.NO)


def check(duty: Duty, subjects: Sequence[Subject], starts: date, ends: date, now: datetime) -> None:
    """Refuse what cannot stand: Faults FH-ASR-20 … 24."""
    if not subjects:
        raise _refusal(
            "FH-ASR-20", "Choose at least one system that the document covers.", "請至少選一個文件所涵蓋的系統。"
        )
    measured = closed(duty, subjects, now)
    if measured:
        names = ", ".join(sorted(map(str, measured)))
        raise _refusal(
            "FH-ASR-21",
            f"{duty.id} is measured on {names}, so a document cannot stand there; repair the source of the facts instead.",
            f"{names} 的 {duty.id} 已由機制量測，不得以文件佐證；請改為修復事實來源。",
        )
    open_to = set(attestable(duty, now))
    if any(subject not in open_to for subject in subjects):
        raise _refusal(
            "FH-ASR-22",
            f"{duty.id} does not apply to one of the chosen subjects; open its clause page to see why.",
            f"所選對象中有 {duty.id} 不適用者；請開啟條款頁查看原因。",
        )
    if starts > ends or ends < taipei_date(now):
        raise _refusal(
            "FH-ASR-23",
            "The effective period must begin before it ends, and end today or later; correct the dates.",
            "有效期間的起日須早於迄日，且迄日不得早於今日；請更正日期。",
        )
    latest = latest_end(starts, duty.cadence)
    if ends > latest:
        raise _refusal(
            "FH-ASR-24",
            f"A document from {starts} may stand until {latest} at most; choose an earlier end.",
            f"自 {starts} 起的文件最長只能有效至 {latest}；請選擇較早的迄日。",
        )


def attest(
    duty_id: str,
    subjects: Sequence[Subject],
    statement: str,
    document: Kept,
    starts: date,
    ends: date,
    *,
    claim: str = "met",
    by: Doer,
    now: datetime,
) -> Approval:
    """Ask a second person to let ``document`` stand for ``duty_id`` on ``subjects``; one approval, one event.

    ``claim`` is met or not_met: a firm may honestly attest a gap. Faults FH-ASR-20 … 25.
    """
    duty = in_force(now).duties.get(duty_id) or duty_called(duty_id)  # a tightened cadence shortens the expiry too
    subjects = list(dict.fromkeys(subjects))
    check(duty, subjects, starts, ends, now)
    text = statement.strip()
    if not text or len(text) > LONGEST_STATEMENT or claim not in ("met", "not_met"):
        raise _refusal(
            "FH-ASR-25",
            f"Say in up to {LONGEST_STATEMENT} characters what the document shows.",
            f"請以 {LONGEST_STATEMENT} 字以內說明文件所證明的事項。",
        )
    with transaction.atomic():
        names = [str(subject) for subject in subjects]
        earlier = Attestation.objects.filter(duty=duty.id, subject__in=names)
        numbers = dict(earlier.values_list("subject").annotate(Max("revision")))
        standing = dict(earlier.filter(state=State.STANDING).order_by("revision").values_list("subject", "pk"))
        rows = Attestation.objects.bulk_create(
            Attestation(
                duty=duty.id, subject=name, claim=claim, statement=text, document_name=document.name,
                document_hash=document.hash, document_size=document.size, effective_from=starts, effective_until=ends,
                revision=numbers.get(name, 0) + 1, replaces_id=standing.get(name), made_by_id=by.account or None,
                made_at=now,
            )
            for name in names
        )  # fmt: skip
        payload = {
            "duty": duty.id, "subjects": names, "claim": claim, "statement": text, "document": document.name,
            "document_hash": document.hash, "document_size": document.size, "from": starts.isoformat(),
            "until": ends.isoformat(), "attestations": [str(row.pk) for row in rows],
        }  # fmt: skip
        shown = names[0] if len(names) == 1 else f"{names[0]} +{len(names) - 1}"
        approval = approvals.ask(
            KIND, f"{duty.id} {shown}"[:200], f"{duty.id} {duty.title.zh_hant} · {duty.title.en}", payload, hash_of(payload),
            text, by=by, now=now,
        )  # fmt: skip
        Attestation.objects.filter(pk__in=[row.pk for row in rows]).update(approval=approval)
    return approval


def current_hash(approval: Approval) -> str:
    """The hash of what would be signed now: it changes when the rows or the file were changed meanwhile."""
    payload = dict(approval.payload)
    rows = {str(row.pk): row for row in Attestation.objects.filter(approval=approval)}
    for pk, name in zip(payload["attestations"], payload["subjects"], strict=True):
        row = rows.get(pk)
        said = row and (
            row.duty, row.subject, row.claim, row.statement, row.document_hash, row.effective_from.isoformat(),
            row.effective_until.isoformat(), row.state,
        )  # fmt: skip
        asked = (
            payload["duty"], name, payload["claim"], payload["statement"], payload["document_hash"], payload["from"],
            payload["until"], State.WAITING,
        )  # fmt: skip
        if said != asked:
            return ""
    return hash_of(payload) if is_whole(payload["document_hash"]) else ""


def rows_shown(payload: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """What the approver is shown."""
    from django.utils.translation import gettext as _

    claim = _("the duty is kept") if payload["claim"] == "met" else _("a gap")
    return [
        (_("duty"), "", str(payload["duty"])),
        (_("systems"), "", ", ".join(payload["subjects"])),
        (_("claim"), "", claim),
        (_("what the document shows"), "", str(payload["statement"])),
        (_("document"), "", link(payload["document"], payload["document_hash"])),
        ("SHA-256", "", str(payload["document_hash"])),
        (_("effective"), "", f"{payload['from']} – {payload['until']}"),
    ]


def stand(approval: Approval, by: Doer, now: datetime) -> Mapping[str, Detail]:
    """Approved: the documents stand, and what they replace ends; runs in the deciding transaction."""
    rows = list(Attestation.objects.filter(approval=approval, state=State.WAITING))
    names = [row.subject for row in rows]
    older = Attestation.objects.filter(duty=approval.payload["duty"], subject__in=names, state=State.STANDING)
    starts = date.fromisoformat(approval.payload["from"])
    if starts > taipei_date(now):  # until the new one takes effect the old one speaks
        older = older.filter(effective_from__gte=starts)
    older.update(state=State.REPLACED, ended_at=now)
    Attestation.objects.filter(pk__in=[row.pk for row in rows]).update(state=State.STANDING, approved_at=now)
    mark_changed(map(Subject.parse, names), now=now)
    return {"duty": approval.payload["duty"], "subjects": names, "document": approval.payload["document_hash"]}


def refuse(approval: Approval, by: Doer, now: datetime) -> Mapping[str, Detail]:
    """Refused, withdrawn or lapsed: the documents never stood."""
    Attestation.objects.filter(approval=approval, state=State.WAITING).update(state=State.REFUSED, ended_at=now)
    return {"duty": approval.payload["duty"], "document": approval.payload["document_hash"]}


@transaction.atomic
def withdraw(attestation_id: str, reason: str, *, by: Doer, now: datetime) -> Attestation:
    """End a standing attestation; the duty is Unknown again until something else proves it. Faults FH-ASR-26, 27."""
    row = Attestation.objects.select_for_update().filter(pk=attestation_id, state=State.STANDING).first()
    if row is None:
        raise _refusal(
            "FH-ASR-26", "This attestation no longer stands; reload the page.", "這份佐證已不再有效；請重新載入頁面。"
        )
    if not reason.strip():
        raise _refusal("FH-ASR-27", "Say why the attestation is withdrawn.", "請說明撤回佐證的原因。")
    row.state, row.ended_at = State.WITHDRAWN, now
    row.save(update_fields=["state", "ended_at"])
    mark_changed([Subject.parse(row.subject)], now=now)
    record("attestation.withdrawn", by=by, now=now, object_=f"attestation:{row.pk}",
           detail={"duty": row.duty, "subject": row.subject, "reason": reason.strip()[:300]})  # fmt: skip
    return row
