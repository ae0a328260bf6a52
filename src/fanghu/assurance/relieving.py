"""Relief: a foreign standard, physical protection or a group transfer laid over a verdict, compared, approved, ending.

And the way back from a tightened number, which also needs a second person.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.db import transaction

from fanghu.approvals import actions as approvals
from fanghu.approvals.approvable import hash_of
from fanghu.approvals.models import Approval
from fanghu.assurance.comparison import compare
from fanghu.assurance.documents import Kept, is_whole, link
from fanghu.assurance.law import duty_called, in_force, taipei_date
from fanghu.assurance.marks import mark_changed
from fanghu.assurance.models import Attestation, Relief, TightenedLimit
from fanghu.assurance.rules import latest_end
from fanghu.assurance.words import RELIEF_WORDS
from fanghu.events.actions import record
from fanghu.events.doer import Doer
from fanghu.events.schema import Detail
from fanghu.faults import Exit, Fault
from fanghu.register.collectors import firm_now, systems_now
from fanghu.testimony import FIRM, Subject

RELIEF, LIMIT = "relief", "limit"
FOREIGN = ("foreign_standard", "same_group")
State = Attestation.State


def _refusal(code: str, en: str, zh_hant: str) -> Fault:
    return Fault(code, en, zh_hant, exit_code=Exit.NO)


def ask_relief(
    duty_id: str,
    subject: Subject,
    kind: str,
    theirs: Mapping[str, float | None],
    remarks: str,
    reason: str,
    document: Kept,
    until: date,
    *,
    by: Doer,
    now: datetime,
) -> Approval:
    """Ask a second person for relief; ``theirs`` are the other standard's numbers by our limits' names.

    ``remarks`` compares what has no number. Faults FH-ASR-30 … 34.
    """
    duty = in_force(now).duties.get(duty_id) or duty_called(duty_id)
    if kind not in duty.relief:
        raise _refusal("FH-ASR-30", f"{duty.id} does not allow this relief.", f"{duty.id} 不允許這種替代。")
    firm = firm_now()
    if kind in FOREIGN and (firm is None or firm.foreign_group is not True):
        raise _refusal(
            "FH-ASR-31",
            "Only a firm of a foreign group may ask for this relief; describe the firm first.",
            "只有外國集團的公司可申請這種替代；請先登錄公司資料。",
        )
    known = {FIRM} if duty.scope.on == "firm" else set(map(Subject.system, systems_now(retired_too=True)))
    if subject not in known:
        raise _refusal("FH-ASR-32", "There is no such system under this duty.", "這項義務之下沒有這個系統。")
    today = taipei_date(now)
    if not today <= until <= latest_end(today, None):
        raise _refusal(
            "FH-ASR-33",
            "Relief ends today or later and within twelve months; correct the end date.",
            "替代的迄日須為今日以後且在十二個月內；請更正迄日。",
        )
    rows = compare(duty.limits, theirs)
    if not reason.strip() or (kind == "foreign_standard" and not rows and not remarks.strip()):
        raise _refusal(
            "FH-ASR-34", "Give the reason and the comparison with our rule.", "請填寫理由，並與我們的規定逐項比較。"
        )
    comparison = [row.as_json() for row in rows]
    if remarks.strip():
        comparison.append({"name": "", "remarks": remarks.strip()[:4000]})
    with transaction.atomic():
        relief = Relief.objects.create(
            duty=duty.id, subject=str(subject), kind=kind, comparison=comparison, reason=reason.strip(),
            document_name=document.name, document_hash=document.hash, until=until, made_by_id=by.account or None,
            made_at=now,
        )  # fmt: skip
        payload = {
            "relief": str(relief.pk), "duty": duty.id, "subject": str(subject), "kind": kind, "comparison": comparison,
            "reason": relief.reason, "document": document.name, "document_hash": document.hash, "until": until.isoformat(),
        }  # fmt: skip
        approval = approvals.ask(
            RELIEF, f"{duty.id} {subject}", f"{duty.id} {duty.title.zh_hant} · {duty.title.en}", payload, hash_of(payload),
            relief.reason, by=by, now=now,
        )  # fmt: skip
        relief.approval = approval
        relief.save(update_fields=["approval"])
    return approval


def relief_hash(approval: Approval) -> str:
    """The hash of what would be signed now."""
    row = Relief.objects.filter(approval=approval, state=State.WAITING).first()
    asked = approval.payload
    if row is None or not is_whole(row.document_hash):
        return ""
    said = (row.duty, row.subject, row.kind, row.comparison, row.reason, row.document_hash, row.until.isoformat())
    same = said == tuple(
        asked[name] for name in ("duty", "subject", "kind", "comparison", "reason", "document_hash", "until")
    )
    return hash_of(asked) if same else ""


def relief_rows(payload: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """What the approver is shown: our number before, the one that would be judged by after."""
    from django.utils.translation import gettext as _

    rows = [
        (_("duty"), "", f"{payload['duty']} {payload['subject']}"),
        (_("kind of relief"), "", str(RELIEF_WORDS[payload["kind"]])),
    ]
    for row in payload["comparison"]:
        if row["name"]:
            rows.append((f"{row['name']} ({row['unit']})", f"{row['ours']:g}", f"{row['applied']:g}"))
        else:
            rows.append((_("compared in words"), "", row["remarks"]))
    rows += [
        (_("document"), "", link(payload["document"], payload["document_hash"])),
        ("SHA-256", "", str(payload["document_hash"])),
        (_("until"), "", str(payload["until"])),
    ]
    return rows


def relieve(approval: Approval, by: Doer, now: datetime) -> Mapping[str, Detail]:
    """Approved: the relief stands, and replaces an earlier one on the same cell."""
    row = Relief.objects.get(approval=approval, state=State.WAITING)
    earlier = Relief.objects.filter(duty=row.duty, subject=row.subject, state=State.STANDING)
    earlier.update(state=State.REPLACED, ended_at=now)
    row.state, row.approved_at = State.STANDING, now
    row.save(update_fields=["state", "approved_at"])
    return {"duty": row.duty, "relieved": row.subject, "until": row.until.isoformat()}


def refuse_relief(approval: Approval, by: Doer, now: datetime) -> Mapping[str, Detail]:
    """Refused, withdrawn or lapsed: it never stood."""
    Relief.objects.filter(approval=approval, state=State.WAITING).update(state=State.REFUSED, ended_at=now)
    return {"duty": approval.payload["duty"]}


@transaction.atomic
def end_relief(relief_id: str, *, by: Doer, now: datetime) -> Relief:
    """End a standing relief before its date; the verdict speaks alone again. Fault FH-ASR-35."""
    row = Relief.objects.select_for_update().filter(pk=relief_id, state=State.STANDING).first()
    if row is None:
        raise _refusal(
            "FH-ASR-35", "This relief no longer stands; reload the page.", "這項替代已不再有效；請重新載入頁面。"
        )
    row.state, row.ended_at = State.WITHDRAWN, now
    row.save(update_fields=["state", "ended_at"])
    record(
        "relief.ended", by=by, now=now, object_=f"relief:{row.pk}", detail={"duty": row.duty, "subject": row.subject}
    )
    return row


def ask_loosening(duty_id: str, name: str, *, by: Doer, now: datetime) -> Approval:
    """Ask to give a tightened number back to the regulation's; a second person decides. Fault FH-ASR-36."""
    row = TightenedLimit.objects.filter(duty=duty_id, name=name).first()
    duty = duty_called(duty_id)
    if row is None or name not in duty.limits:
        raise _refusal("FH-ASR-36", "This number has not been tightened.", "這個數值並未訂得更嚴。")
    payload = {"duty": duty.id, "name": name, "before": row.value, "after": duty.limits[name].value}
    return approvals.ask(
        LIMIT, f"{duty.id} {name}", f"{duty.id} {duty.title.zh_hant} · {duty.title.en}", payload, hash_of(payload), "",
        by=by, now=now,
    )  # fmt: skip


def limit_hash(approval: Approval) -> str:
    """The hash of what would be signed now."""
    asked = dict(approval.payload)
    row = TightenedLimit.objects.filter(duty=asked["duty"], name=asked["name"]).first()
    return hash_of(asked) if row is not None and row.value == asked["before"] else ""


def limit_rows(payload: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """What the approver is shown."""
    return [(f"{payload['duty']} {payload['name']}", f"{payload['before']:g}", f"{payload['after']:g}")]


def loosen(approval: Approval, by: Doer, now: datetime) -> Mapping[str, Detail]:
    """Approved: the regulation's number is judged by again."""
    TightenedLimit.objects.filter(duty=approval.payload["duty"], name=approval.payload["name"]).delete()
    mark_changed([FIRM, *map(Subject.system, systems_now(retired_too=True))], now=now)
    return {"limit": approval.payload["name"], "after": approval.payload["after"]}
