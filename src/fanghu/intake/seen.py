"""What the intake says came in, kept over its restarts, and what the imports of files add."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.apps import apps
from django.db.models import Max

from fanghu.intake import rules
from fanghu.intake.models import Source, SourceSeen
from fanghu.intake.plan import Seen, State

AHEAD = timedelta(minutes=5)
LATE = timedelta(minutes=10)
"""How late a batch may come after one with a higher number."""


def note_seen(sources: list[Source], state: State | None, now: datetime) -> Iterator[tuple[Source, datetime, datetime]]:
    """Keep what came; yields (source, spoke before, speaks again) for each that had been silent in between for too long."""
    rows = {row.source_id: row for row in SourceSeen.objects.filter(source__in=sources)}
    imported = _imports([source.name for source in sources if "import" in source.ways])
    for source in sources:
        row = rows.get(source.pk) or SourceSeen(source=source)
        told = state.sources.get(source.name) if state else None
        was, changed = row.last_at, row.pk is None
        if state is not None and told is not None:
            changed |= _add(row, told, state.since, now)
            changed |= _skip(row, told, was or source.declared_at, now)
        last = imported.get(source.name)
        if last is not None and source.declared_at <= last and (row.last_at is None or last > row.last_at):
            row.last_at, changed = last, True
        if changed:
            row.save()
        since = was or source.declared_at
        if row.last_at is not None and row.last_at > since and is_overdue(source, since, row.last_at):
            yield source, since, row.last_at


def _skip(row: SourceSeen, told: Seen, was: datetime, now: datetime) -> bool:
    """Count the batches that are missing, to be told of, ``was`` is when the source spoke before; whether anything was new.

    A number that was passed over may come late: it is missing after ten minutes, or once it can come no more.
    """
    before = row.run_skipped, row.missing_told, row.missing_since
    since = row.missing_since or was
    gone = max(0, told.skipped - row.run_skipped)
    row.run_skipped = told.skipped
    count = max(0, gone - row.missing_told)
    row.missing_told = min(max(0, row.missing_told - gone), told.missing)
    if told.missing <= row.missing_told:
        row.missing_since = None
    elif row.missing_since is None:
        row.missing_since = now
    elif now - row.missing_since >= LATE:
        count += told.missing - row.missing_told
        row.missing_told, row.missing_since = told.missing, None
    if count:
        row.skipped, row.untold = row.skipped + count, row.untold + count
        row.untold_since = row.untold_since or since
    return before != (row.run_skipped, row.missing_told, row.missing_since)


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
