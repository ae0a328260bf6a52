"""What others may ask about sources."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
from django.conf import settings
from django.db.models import Count, Prefetch

from fanghu.auditlog.reading import state as log_state
from fanghu.auditlog.record import OWN_SOURCE
from fanghu.intake.models import Source, SourceGap, SourceSeen
from fanghu.intake.plan import Plan, State, read_plan, read_state


@dataclass(frozen=True, slots=True)
class SourceShown:
    """A source as lists show it; ``gap`` is what goes on now."""

    row: Source
    last_at: datetime | None
    records: int
    verbatim: int
    refused: int
    skipped: int
    gaps: int
    gap: SourceGap | None

    def as_json(self) -> dict[str, Any]:
        """What ``log sources`` prints; times are RFC 3339."""
        every = {"seconds": self.row.every_seconds, "from": self.row.hours_from, "until": self.row.hours_until}
        return {
            "name": self.row.name,
            "system": self.row.system.slug,
            "format": self.row.format,
            "ways": self.row.ways,
            "last_event": self.last_at.isoformat() if self.last_at else None,
            "expected": {name: value for name, value in every.items() if value},
            "records": self.records,
            "kept_verbatim": self.verbatim,
            "refused": self.refused,
            "skipped": self.skipped,
            "gaps": [gap_json(gap) for gap in self.row.gaps.all()],
        }


def own_log() -> dict[str, Any]:
    """Fanghu's own log in the shape of a source: always expected, its gaps those of itself and of the intake."""
    log = log_state()
    return {
        "name": OWN_SOURCE, "system": OWN_SOURCE, "format": "event", "ways": ["own"],
        "last_event": log.sealed_at.isoformat() if log.sealed_at else None, "expected": {"always": True},
        "records": log.size, "kept_verbatim": 0, "refused": 0, "skipped": 0, "gaps": [gap_json(gap) for gap in own_gaps()],
    }  # fmt: skip


def gap_json(gap: SourceGap) -> dict[str, Any]:
    """One interval with its cause."""
    return {
        "cause": gap.cause, "of": gap.key, "from": gap.began_at.isoformat(), "to": gap.ended_at.isoformat() if gap.ended_at else None,
    }  # fmt: skip


def sources() -> list[SourceShown]:
    """Every source that stands, canaries aside, by name; three queries."""
    rows = Source.objects.filter(removed_at=None, run="").select_related("system", "seen")
    counted = rows.annotate(gap_count=Count("gaps")).prefetch_related(Prefetch("gaps", SourceGap.objects.all()))
    return [shown(row) for row in counted.order_by("system__slug", "name")]


def shown(row: Source) -> SourceShown:
    """One source as lists show it."""
    seen = getattr(row, "seen", None) or SourceSeen()
    gaps = list(row.gaps.all())
    now = next((gap for gap in gaps if gap.ended_at is None), None)
    return SourceShown(row, seen.last_at, seen.records, seen.verbatim, seen.refused, seen.skipped, len(gaps), now)


def own_gaps() -> list[SourceGap]:
    """The newest gaps of the intake and of Fanghu's own log."""
    return list(SourceGap.objects.filter(source=None).order_by("-began_at")[:20])


def plan() -> Plan:
    """The plan in force; an empty one where there is none that can be read."""
    try:
        return read_plan(Path(settings.HOME))
    except (OSError, msgspec.MsgspecError):
        return Plan()


def state() -> State | None:
    """What the intake said last."""
    return read_state(Path(settings.HOME))
