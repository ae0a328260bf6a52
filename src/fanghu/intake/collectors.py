"""Reads the facts of 4.2 and 4.7 for every system whose logs are expected, or lie, here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from fanghu.alarms.kinds import KINDS
from fanghu.alarms.models import Alarm
from fanghu.alarms.reading import raised_since
from fanghu.alarms.routes import routes
from fanghu.auditlog.reading import tallied
from fanghu.auditlog.sources import ONE, sources_of
from fanghu.intake import rules
from fanghu.intake.canaries.preparing import expected_ways
from fanghu.intake.canaries.rounds import lies_there
from fanghu.intake.canaries.ways import WAYS
from fanghu.intake.facts import LogWatch, LogWays
from fanghu.intake.models import CanaryTrace, Source, SourceGap, Watch
from fanghu.testimony import Proof, Scope, Subject, Testimony

WATCHED = [kind for kind in KINDS if kind.startswith(("source.", "intake.", "log.", "disk."))]
YEAR = timedelta(days=365)
ANSWERED_WITHIN, CLOSED_WITHIN, TOLD_WITHIN = timedelta(days=1), timedelta(days=7), timedelta(minutes=15)


def log_watch(scope: Scope) -> Mapping[Subject, Testimony[LogWatch]]:
    """Of system one its own log and the intake; of any other the sources declared for it."""
    declared: dict[Subject, list[Source]] = {}
    for source in Source.objects.filter(removed_at=None, run="").select_related("system"):
        declared.setdefault(Subject.system(source.system.slug), []).append(source)
    lying = sources_of(scope, tallied())
    watched = Watch.objects.filter(pk=1).values_list("watched_at", flat=True).first()
    alarms = raised_since(scope.now - YEAR, WATCHED)
    alarmed = SourceGap.objects.filter(alarm_id__in=Alarm.objects.values("pk"))  # a row deleted by hand is no alarm
    gaps = list(SourceGap.objects.exclude(pk__in=alarmed.values("pk")).select_related("source__system"))
    ways = tuple(routes())
    found = {}
    for subject in scope.subjects & ({ONE} | declared.keys() | lying.keys()):
        mine = declared.get(subject, [])
        names = {source.name for source in mine}
        unwatched = () if subject == ONE else tuple(sorted(set(lying.get(subject, ())) - names))
        about = [alarm for alarm in alarms if concerns(alarm.kind, alarm.subject, subject, mine)]
        unalarmed = [gap for gap in gaps if not _run(gap) and concerns(gap.cause, _subject(gap), subject, mine)]
        found[subject] = Testimony(
            _watch(watched, len(mine) + (subject == ONE), unwatched, about, len(unalarmed), ways, scope.now),
            "watch of the sources", scope.now, proof=Proof.RECORDED,
        )  # fmt: skip
    return found


def concerns(kind: str, about: str, subject: Subject, sources: list[Source]) -> bool:
    """Whether a failure is one of this system's logging: its own, or of the intake and disk that all live sources need."""
    if about == str(subject):
        return True
    return kind.startswith(("intake.", "disk.")) and any(rules.LIVE & set(source.ways) for source in sources)


def _watch(
    watched: datetime | None,
    sources: int,
    unwatched: tuple[str, ...],
    alarms: list[Alarm],
    silent_gaps: int,
    ways: tuple[str, ...],
    now: datetime,
) -> LogWatch:
    unclosed = [alarm for alarm in alarms if alarm.closed_at is None]
    return LogWatch(
        watched_at=watched,
        sources=sources,
        unwatched=unwatched,
        failing=sum(alarm.ended_at is None for alarm in unclosed),
        silent_gaps=silent_gaps,
        unanswered=sum(alarm.acted_at is None and now - alarm.raised_at > ANSWERED_WITHIN for alarm in unclosed),
        unclosed=sum(alarm.ended_at is not None and now - alarm.ended_at > CLOSED_WITHIN for alarm in unclosed),
        untold=sum(alarm.told_at is None and now - alarm.raised_at > TOLD_WITHIN for alarm in unclosed),
        closed=sum(alarm.closed_at is not None for alarm in alarms),
        ways=ways,
    )


def _subject(gap: SourceGap) -> str:
    return f"system:{gap.source.system.slug}" if gap.source else str(ONE)


def _run(gap: SourceGap) -> str:
    return str(gap.source.run) if gap.source else ""


def log_ways(scope: Scope) -> Mapping[Subject, Testimony[LogWays]]:
    """For every system whose log lies here, by the ways open to its own sources; of system one by all that are open."""
    traces = {row.way: row for row in CanaryTrace.objects.all()}
    there = {way: row.came_at is None or lies_there(row) for way, row in traces.items()}
    ways, source = expected_ways(), "canaries of the intake"
    return {
        subject: Testimony(
            _ways(ways.get("" if subject == ONE else subject.slug, []), traces, there), source, scope.now
        )
        for subject in sources_of(scope, tallied())
    }


def _ways(ways: list[str], traces: Mapping[str, CanaryTrace], there: Mapping[str, bool]) -> LogWays:
    lost = [way for way in ways if way in traces and (traces[way].lost_at or not there[way])]
    came = [traces[way].came_at if way in traces else None for way in ways]
    return LogWays(
        ways_in=tuple(WAYS[way].label for way in ways),
        lost_ways=tuple(WAYS[way].label for way in lost),
        traced_at=None if None in came else min(filter(None, came), default=None),
    )


PROVIDERS: dict[type, Callable[[Scope], Mapping[Subject, Testimony[Any]]]] = {
    LogWatch: log_watch,
    LogWays: log_ways,
}
