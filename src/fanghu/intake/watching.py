"""The watch (4.7): every half minute it looks at what fails, opens a gap and raises its alarm, or ends both."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path

import msgspec
from django.conf import settings
from django.db import transaction

from fanghu.alarms.actions import end_alarm, raise_alarm
from fanghu.events.doer import KEEPER, Doer
from fanghu.intake.failures import STEADY, Failure, failures
from fanghu.intake.models import Source, SourceGap, SourceSeen, SourceToken, Watch
from fanghu.intake.plan import Listeners, read_plan, read_state
from fanghu.intake.rules import moment, text
from fanghu.intake.seen import note_seen

APART = timedelta(hours=1)
"""Between two gaps of batches that never came, of one source."""


def watch(now: datetime) -> int:
    """Look once; how many failures go on. A failure of the looking itself leaves the watch's time as it was."""
    home = Path(settings.HOME)
    sources = list(Source.objects.filter(removed_at=None).select_related("system"))
    state = read_state(home)
    for source, since, until in list(note_seen(sources, state, now)):
        _missed(source, since, until, now)
    _skipped(sources, now)
    valid = SourceToken.objects.filter(revoked_at=None, expires_at__gt=now)
    tokens = Counter(valid.values_list("source_id", flat=True))
    found = list(failures(sources, tokens, state, _listening(home), now))
    before = Watch.objects.filter(pk=1).first()
    suspects, certain = _sift(found, before.suspects if before else {}, now)
    _reconcile(certain, now)
    Watch.objects.update_or_create(pk=1, defaults={"watched_at": now, "suspects": suspects})
    return len(certain)


def _listening(home: Path) -> Listeners:
    try:
        return read_plan(home).listen
    except (OSError, msgspec.MsgspecError):
        return Listeners()


def _sift(found: list[Failure], before: dict[str, str], now: datetime) -> tuple[dict[str, str], list[Failure]]:
    """What is only suspected yet with since when, and what is certain."""
    suspects, certain = {}, []
    for failure in found:
        name = "|".join(failure.name)
        first = moment(before.get(name, "")) or now
        if failure.kind in STEADY:
            suspects[name] = text(first)
        if now - first >= STEADY.get(failure.kind, now - first):
            certain.append(failure)
    return suspects, certain


def _reconcile(certain: list[Failure], now: datetime) -> None:
    """Open what is new, end what is over; each gap and its alarm in one transaction."""
    going_on = {(gap.cause, gap.key): gap for gap in SourceGap.objects.filter(ended_at=None).select_related("source")}
    names = set()
    for failure in certain:
        names.add(failure.name)
        if failure.name not in going_on:
            _open(failure, now)
    for name, gap in going_on.items():
        if name not in names:
            _end(gap, now)


@transaction.atomic
def _open(failure: Failure, now: datetime, *, by: Doer = KEEPER) -> SourceGap:
    gap = SourceGap.objects.create(
        cause=failure.kind, key=failure.key, source=failure.source, began_at=failure.since, noticed_at=now
    )
    gap.alarm = raise_alarm(
        failure.kind, failure.key, failure.params, subject=failure.subject, by=by, now=now, run=failure.run
    )
    gap.save()
    return gap


@transaction.atomic
def _end(gap: SourceGap, now: datetime, until: datetime | None = None) -> None:
    spoke = gap.source.seen.last_at if gap.source and hasattr(gap.source, "seen") else None
    gap.ended_at = until or (spoke if spoke is not None and spoke > gap.began_at else now)
    gap.save()
    end_alarm(gap.cause, gap.key, by=KEEPER, now=now)


def _missed(source: Source, since: datetime, until: datetime, now: datetime) -> None:
    """A silence that is over and that nobody saw while it lasted (the watch did not run): a gap all the same."""
    if source.gaps.filter(ended_at=None).exists() or source.gaps.filter(began_at__gte=since).exists():
        return
    params = {"source": source.name, "since": text(since), "until": text(until)}
    about = f"system:{source.system.slug}"
    with transaction.atomic():
        gap = _open(Failure("source.missed", source.name, since, params, about, source), now)
        _end(gap, now, until)


def _skipped(sources: list[Source], now: datetime) -> None:
    """Batches that never came: a gap that is over when it is noticed, one an hour of a source at most."""
    for row in SourceSeen.objects.filter(source__in=sources, untold__gt=0).select_related("source__system"):
        source, since = row.source, row.untold_since or now
        if row.told_at is not None and now - row.told_at < APART:
            continue
        params = {"source": source.name, "count": row.untold, "since": text(since), "until": text(now)}
        with transaction.atomic():
            gap = _open(
                Failure("source.skipped", source.name, since, params, f"system:{source.system.slug}", source), now
            )
            _end(gap, now, now)
            row.untold, row.untold_since, row.told_at = 0, None, now
            row.save()
