"""What stands now, as the rules need it: attested statements and drills, each in one query."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Max, Q, QuerySet

from fanghu.assurance.documents import is_kept
from fanghu.assurance.drilling import drills
from fanghu.assurance.models import Attestation, DrillRecord, Relief
from fanghu.assurance.rules import DrillStanding, Statement

Key = tuple[str, str]
ANSWERS: dict[str, Literal["passed", "failed"]] = {"passed": "passed", "failed": "failed"}


def end_of(day: date) -> datetime:
    """The instant a Taipei day ends."""
    return datetime.combine(day + timedelta(days=1), time(), tzinfo=ZoneInfo(settings.TIME_ZONE))


def statements(subjects: Iterable[str] | None) -> dict[Key, list[Statement]]:
    """Standing attestations by (duty, subject); one query, and one look at each document's file."""
    rows = Attestation.objects.filter(state=Attestation.State.STANDING)
    if subjects is not None:
        rows = rows.filter(subject__in=list(subjects))
    kept: dict[tuple[str, int], bool] = {}
    found: dict[Key, list[Statement]] = {}
    for row in rows:
        file = (row.document_hash, row.document_size)
        if file not in kept:
            kept[file] = is_kept(*file)
        statement = Statement(
            "met" if row.claim == "met" else "not_met", row.document_name, row.effective_from, row.effective_until,
            end_of(row.effective_until), kept[file],
        )  # fmt: skip
        found.setdefault((row.duty, row.subject), []).append(statement)
    return found


def drill_standings(now: datetime) -> dict[Key, list[DrillStanding]]:
    """How each known drill stands, by (duty, subject): newest finished run and newest that reached an answer; two queries."""
    finished = DrillRecord.objects.filter(state=DrillRecord.State.FINISHED, finished_at__lte=now)
    last = _newest(finished.order_by())
    answered = _newest(finished.filter(result__in=list(ANSWERS)).order_by())
    found: dict[Key, list[DrillStanding]] = {}
    for drill in drills().values():
        result, at = last.get(drill.name, ("", None))
        answer, answered_at = answered.get(drill.name, ("", None))
        standing = DrillStanding(drill.name, drill.every, result, at, ANSWERS.get(answer, ""), answered_at)
        for subject in {drill.subject, *drill.also()}:
            found.setdefault((drill.duty, str(subject)), []).append(standing)
    return found


def _newest(rows: QuerySet[DrillRecord]) -> dict[str, tuple[str, datetime]]:
    newest = rows.values("name").annotate(newest=Max("finished_at"))
    wanted = Q(pk=None)
    for row in newest:
        wanted |= Q(name=row["name"], finished_at=row["newest"])
    return {row.name: (row.result, row.finished_at) for row in rows.filter(wanted) if row.finished_at}


def reliefs(at: datetime, today: date) -> dict[Key, Relief]:
    """Relief standing at ``at`` (Taipei date ``today``), by (duty, subject); the one that ends last."""
    rows = Relief.objects.filter(
        Q(ended_at=None) | Q(ended_at__gt=at), approved_at__lte=at, until__gte=today
    ).order_by("until")  # fmt: skip
    return {(row.duty, row.subject): row for row in rows}
