"""The machines that imported logs name."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from fanghu.auditlog.models import ImportRun


@dataclass(frozen=True, slots=True)
class SeenHost:
    """A machine that wrote lines of an imported log."""

    name: str
    source: str
    seen_at: datetime


def hosts() -> list[SeenHost]:
    """Machines that imported logs name, each with its source and when it was last seen."""
    seen: dict[tuple[str, str], datetime] = {}
    for source, names, last, at in ImportRun.objects.values_list("source", "hosts", "last_time", "at"):
        for name in names:
            key = (name, source)
            seen[key] = max(seen.get(key, last or at), last or at)
    return [SeenHost(name, source, at) for (name, source), at in sorted(seen.items())]
