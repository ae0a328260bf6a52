"""What the intake says came in, kept over its restarts, and what the imports of files add."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.apps import apps
from django.db.models import Max

from fanghu.intake import rules
from fanghu.intake.models import Source, SourceSeen
from fanghu.intake.plan import Seen, State

AHEAD = timedelta(minutes=5)
LATE = timedelta(minutes=10)
"""How late a batch may come after one with a higher number."""


@dataclass(frozen=True, slots=True)
class Afterwards:
    """What is known only once it is over: a silence (``source.missed``) or ``count`` batches skipped (``source.skipped``)."""

    kind: str
    source: Source
    since: datetime
    until: datetime
    count: int = 0


def note_seen(sources: list[Source], state: State | None, now: datetime) -> Iterator[Afterwards]:
    """Keep what came; yields what each source left out between when it spoke before and when it spoke again."""
    rows = {row.source_id: row for row in SourceSeen.objects.filter(source__in=sources)}
    imported = _imports([source.name for source in sources if "import" in source.ways])
    for source in sources:
        row = rows.get(source.pk) or SourceSeen(source=source)
        told = state.sources.get(source.name) if state else None
        was, changed, fewer = row.last_at, row.pk is None, 0
        if state is not None and told is not None:
            changed |= _add(row, told, state.since, now)
            before = row.run_skipped, row.missing_told, row.missing_since
            since, fewer = row.missing_since, skipped(row, told, now)
            changed |= before != (row.run_skipped, row.missing_told, row.missing_since)
        last = imported.get(source.name)
        if last is not None and source.declared_at <= last and (row.last_at is None or last > row.last_at):
            row.last_at, changed = last, True
        if changed:
            row.save()
        began = was or source.declared_at
        if fewer:
            yield Afterwards("source.skipped", source, since or began, now, fewer)
        if row.last_at is not None and row.last_at > began and is_overdue(source, began, row.last_at):
            yield Afterwards("source.missed", source, began, row.last_at)


def skipped(row: SourceSeen, told: Seen, now: datetime) -> int:
    """How many numbers of batches are to be told as missing now; ``row`` (unsaved) then knows them as told.

    A number that was passed over may come late: it is told after ten minutes, or once it can come no more.
    """
    gone = max(0, told.skipped - row.run_skipped)
    row.run_skipped = told.skipped
    tell = max(0, gone - row.missing_told)
    row.missing_told = min(max(0, row.missing_told - gone), told.missing)
    if told.missing <= row.missing_told:
        row.missing_since = None
    elif row.missing_since is None:
        row.missing_since = now
    elif now - row.missing_since >= LATE:
        tell += told.missing - row.missing_told
        row.missing_told, row.missing_since = told.missing, None
    row.skipped += tell
    return tell


def is_overdue(source: Source, since: datetime, now: datetime) -> bool:
    """Whether a source that spoke at ``since`` is silent for longer than expected."""
    hours = (source.hours_from, source.hours_until)
    return rules.is_silent(since, timedelta(seconds=source.every_seconds), now, hours)


def _add(row: SourceSeen, told: Seen, since: str, now: datetime) -> bool:
    """Add what this run of the intake has counted since it was last asked; whether anything was new."""
    if row.run_since != since:
        row.run_since, row.run_records, row.run_verbatim, row.run_refused = since, 0, 0, 0
        row.run_skipped = 0
    more = told.records - row.run_records
    refused = told.refused - row.run_refused
    verbatim = told.verbatim - row.run_verbatim
    last = rules.moment(told.last)
    if last is not None and last > now + AHEAD:  # a clock stepped back; what came, came by now
        last = now
    newer = last is not None and (row.last_at is None or last > row.last_at)
    if not (more or refused or verbatim or newer):
        return False
    row.records, row.run_records = row.records + max(0, more), told.records
    row.verbatim, row.run_verbatim = row.verbatim + max(0, verbatim), told.verbatim
    row.refused, row.run_refused = row.refused + max(0, refused), told.refused
    if newer:
        row.last_at = last
    if more > 0:
        row.refused_since = None
    if refused > 0 and row.refused_since is None:
        row.refused_since, row.refused_then = now, row.refused - refused
    return True


def _imports(names: list[str]) -> dict[str, datetime]:
    """When a file of each source was last imported."""
    if not names:
        return {}
    runs = apps.get_model("auditlog", "ImportRun").objects.filter(source__in=names)
    return dict(runs.order_by().values_list("source").annotate(newest=Max("at")))
