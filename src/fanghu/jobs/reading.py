"""What pages ask about the keeper."""

from __future__ import annotations

from datetime import datetime, timedelta

from fanghu.jobs.models import KeeperBeat, ScheduledJob

SILENT = timedelta(minutes=2)


def keeper_silent_since(now: datetime) -> datetime | None:
    """When the keeper was last alive, if that is too long ago; None while it runs."""
    beat = KeeperBeat.objects.filter(pk=1).first()
    if beat is None or now - beat.at <= SILENT:
        return None
    return beat.at


def failing_jobs() -> list[tuple[str, datetime, str]]:
    """Jobs whose last try failed: name, when, and the short failure."""
    rows = ScheduledJob.objects.exclude(last_failure="").order_by("name")
    return [(row.name, row.last_failed_at, row.last_failure) for row in rows if row.last_failed_at]
