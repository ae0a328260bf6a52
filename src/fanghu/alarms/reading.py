"""What others may ask about alarms."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db.models import F, QuerySet

from fanghu.alarms.models import Alarm


def unclosed() -> QuerySet[Alarm]:
    """Alarms that wait for a person, those that still go on first; what drills raised aside."""
    rows: QuerySet[Alarm] = Alarm.objects.filter(closed_at=None, run="")
    return rows.order_by(F("ended_at").asc(nulls_first=True), "-raised_at")


def waiting() -> int:
    """How many wait for a person."""
    return unclosed().count()


def raised_since(since: datetime, kinds: Iterable[str]) -> list[Alarm]:
    """Alarms of these kinds that are unclosed, or were raised since then; what drills raised aside."""
    rows = Alarm.objects.filter(kind__in=list(kinds), run="")
    return list(rows.filter(raised_at__gte=since) | rows.filter(closed_at=None))


def of_run(run: str) -> list[Alarm]:
    """What a drill's run raised."""
    return list(Alarm.objects.filter(run=run))
