"""The watch (4.7): every half minute it looks at what fails, opens a gap and raises its alarm, or ends both."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from pathlib import Path

import msgspec
from django.conf import settings
from django.db import transaction

from fanghu.alarms.actions import end_alarm, raise_alarm
from fanghu.events.doer import KEEPER, Doer
from fanghu.intake.failures import STEADY, Failure, failures
from fanghu.intake.models import Source, SourceGap, SourceToken, Watch
from fanghu.intake.plan import Listeners, read_plan, read_state
from fanghu.intake.rules import moment, text
from fanghu.intake.seen import Afterwards, note_seen


def watch(now: datetime) -> int:
    """Look once; how many failures go on. A failure of the looking itself leaves the watch's time as it was."""
    home = Path(settings.HOME)
    sources = list(Source.objects.filter(removed_at=None).select_related("system"))
    state = read_state(home)
    for what in list(note_seen(sources, state, now)):
        _missed(what, now)
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


def _missed(what: Afterwards, now: datetime) -> None:
    """A gap that is over when it is noticed; one alarm for those of a kind until a person has closed it."""
    gaps, source = what.source.gaps, what.source
    if what.kind == "source.missed" and (gaps.filter(ended_at=None) | gaps.filter(began_at__gte=what.since)).exists():
        return
    unclosed = gaps.filter(cause=what.kind, alarm__closed_at=None).order_by("-began_at").first()
    if what.kind == "source.skipped" and unclosed is not None:
        unclosed.ended_at = what.until
        unclosed.save()
        return
    params: dict[str, str | int] = {"source": source.name, "since": text(what.since), "until": text(what.until)}
    if what.count:
        params["count"] = what.count
    about = f"system:{source.system.slug}"
    with transaction.atomic():
        gap = _open(Failure(what.kind, source.name, what.since, params, about, source), now)
        _end(gap, now, what.until)
