"""What the log says of how it is kept: since when, whole or not, recording what, stating which times, on how much disk."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from datetime import datetime, timedelta
from itertools import pairwise
from math import ceil
from pathlib import Path
from statistics import median
from zoneinfo import ZoneInfo

from django.conf import settings

from fanghu.auditlog.actions import index, indexes, places
from fanghu.auditlog.catalogue import KINDS
from fanghu.auditlog.definitions import EVENTS, RETENTION
from fanghu.auditlog.facts import EventCatalogue, LogSpan, LogStorage, RetentionPolicy, TimeStamps
from fanghu.auditlog.gone import all_places, missing, shortest_kept_days
from fanghu.auditlog.models import LogSize, RelayState
from fanghu.auditlog.query import Query
from fanghu.auditlog.reading import tallied
from fanghu.auditlog.record import OWN_SOURCE
from fanghu.auditlog.sources import ONE, live_sources, sources_of
from fanghu.auditlog.tallies import SourceTally, day_of, gaps, joined
from fanghu.register.definition import Defined
from fanghu.register.definitions import defined
from fanghu.testimony import Proof, Scope, Subject, Testimony

GROWTH_OVER = timedelta(days=30)
DAY = timedelta(days=1)
NEWEST = 100
LATELY = timedelta(days=30)
"""Records that came in since then say how times are stated now; what was wrong before stays in the history of verdicts."""


def retention_policy(scope: Scope) -> Mapping[Subject, Testimony[RetentionPolicy]]:
    """What the firm approved, for every system whose log lies here or that it defined something for (4.1)."""
    known = {subject for subject in scope.subjects if subject.kind == "system"}
    approved = defined(RETENTION, known)
    here = sources_of(scope, tallied(), retired=True)
    return {
        subject: Testimony(
            _policy(approved.get(subject)), "definition log-retention", scope.now, proof=Proof.ATTESTED
        )
        for subject in sorted({*here, *approved})
    }  # fmt: skip


def _policy(found: Defined | None) -> RetentionPolicy:
    if found is None:
        return RetentionPolicy(None, "", 0)
    return RetentionPolicy(found.approved_at, str(found.value["cycle"]), int(found.value["kept_days"]))


def log_span(scope: Scope) -> Mapping[Subject, Testimony[LogSpan]]:
    """How far back each system's log goes, and what of it is gone (4.1)."""
    tallies, live = tallied(), live_sources()
    timely = {name: tally.live() if name in live else tally for name, tally in tallies.items()}
    parts = sources_of(scope, tallies, retired=True)
    cycles = {subject: found.value["cycle"] for subject, found in defined(RETENTION, parts).items()}
    gone, kept = missing(), shortest_kept_days()
    return {
        subject: Testimony(
            _span(_of(timely, sources), gone, kept, str(cycles.get(subject, "daily"))), _source(sources), scope.now
        )
        for subject, sources in parts.items()
    }  # fmt: skip


def _span(tally: SourceTally | None, gone: int, kept: float | None, cycle: str) -> LogSpan:
    if tally is None:
        return LogSpan(0, None, gone, 0, kept)
    return LogSpan(tally.records, tally.first_at, gone, gaps(tally.days, tally.started, cycle), kept)


def event_catalogue(scope: Scope) -> Mapping[Subject, Testimony[EventCatalogue]]:
    """The chosen kinds of events against what is known to be recorded (4.2)."""
    tallies = tallied()
    parts = sources_of(scope, tallies)
    approved = defined(EVENTS, parts)
    return {
        subject: Testimony(
            _catalogue(approved.get(subject), _of(tallies, sources), own=subject == ONE), _source(sources), scope.now
        )
        for subject, sources in parts.items()
    }  # fmt: skip


def _catalogue(found: Defined | None, tally: SourceTally | None, *, own: bool) -> EventCatalogue:
    chosen = tuple(found.value["events"]) if found else ()
    seen = {kind for kind in chosen if tally is not None and kind in tally.kinds}
    unseen = tuple(sorted(set(chosen) - seen))
    return EventCatalogue(
        approved_at=found.approved_at if found else None,
        chosen=chosen,
        unrecordable=tuple(kind for kind in unseen if kind not in KINDS) if own else (),
        unproven=() if own else unseen,
        seen=len(seen),
    )


def time_stamps(scope: Scope) -> Mapping[Subject, Testimony[TimeStamps]]:
    """How each system's records state their time, and how late those that are sent live come in (4.8)."""
    tallies = tallied()
    own = [lag / 1000 for lag in index().newest_lags(OWN_SOURCE)] if OWN_SOURCE in tallies else []
    live = live_sources() & tallies.keys()
    found = {}
    for subject, sources in sources_of(scope, tallies).items():
        by_source = [newest_lags(name) for name in sources if name in live] + ([own] if subject == ONE else [])
        latest = max((median(lags) for lags in by_source if lags), key=abs, default=None)
        stamps = _stamps(_of(tallies, sources), latest, scope.now)
        found[subject] = Testimony(stamps, _source(sources), scope.now)
    return found


def newest_lags(source: str) -> list[float]:
    """How late, in seconds, the newest records of a source that state their time came in."""
    newest = indexes().search(Query({"source": (source,)}), limit=NEWEST, newest_first=True)
    return [record.lag_ms / 1000 for record in newest if record.time]


def _stamps(tally: SourceTally | None, live: float | None, now: datetime) -> TimeStamps:
    lately = tally.lately(day_of(now - LATELY)) if tally else None
    if lately is None or not lately.records:
        return TimeStamps(0, 0, 0.0, live)
    return TimeStamps(lately.records, lately.zoneless, lately.lead_seconds, live)


def log_storage(scope: Scope) -> Mapping[Subject, Testimony[LogStorage]]:
    """What the logs here take together and what is free (4.6), for every system whose log lies here.

    They share one disk: each needs room for all of them, for as long as the longest approved retention among them.
    """
    parts = sources_of(scope, tallied())
    if not parts:
        return {}
    days_kept = {subject: int(found.value["kept_days"]) for subject, found in defined(RETENTION, parts).items()}
    longest = max(days_kept.values(), default=0)
    held, free = held_bytes(), shutil.disk_usage(settings.HOME).free
    per_day, days = growth(held, scope.now)
    return {
        subject: Testimony(
            LogStorage(held, per_day, days, longest if subject in days_kept else 0, free),
            "logs and their indexes, sizes by day", scope.now,
        )
        for subject in parts
    }  # fmt: skip


def held_bytes() -> int:
    """What the logs and their indexes take on disk."""
    logs = sum(_bytes_under(each.folder) for each in all_places())
    return logs + _bytes_under(places().index.parent)


def growth(held: int, now: datetime) -> tuple[int, float]:
    """Bytes a day, and on how many days that rests: since the oldest size of the last 30 days, else since the first record.

    A history shorter than a day counts as one day. What was let go meanwhile takes nothing away from what came in.
    """
    sizes = list(LogSize.objects.filter(at__gte=now - GROWTH_OVER, at__lte=now).order_by("at"))
    if sizes and sizes[0].at <= now - DAY:
        days = (now - sizes[0].at) / DAY
        added = sum(max(0, after - before) for before, after in pairwise([*(size.held_bytes for size in sizes), held]))
        return ceil(added / days), days
    own = tallied().get(OWN_SOURCE)
    if own is None:
        return 0, 0.0
    days = max(1.0, (now - own.first_at) / DAY)
    return ceil(held / days), days


def note_size(now: datetime) -> int:
    """Keep today's size (Taipei date), for the growth; return the bytes held."""
    held = held_bytes()
    LogSize.objects.update_or_create(
        day=now.astimezone(ZoneInfo(settings.TIME_ZONE)).date(),
        defaults={
            "at": now, "held_bytes": held, "free_bytes": shutil.disk_usage(settings.HOME).free,
            "entries": RelayState.objects.filter(pk=1).values_list("sealed_size", flat=True).first() or 0,
        },
    )  # fmt: skip
    return held


def _bytes_under(folder: Path) -> int:
    total = 0
    for path in folder.rglob("*"):
        try:
            total += path.stat().st_blocks * 512 if path.is_file() else 0
        except FileNotFoundError:  # a tile or journal that was replaced meanwhile
            continue
    return total


def _of(tallies: Mapping[str, SourceTally], sources: list[str]) -> SourceTally | None:
    return joined(tallies[source] for source in sources if source in tallies)


def _source(sources: list[str]) -> str:
    return f"auditlog index: {', '.join(sources)}"
