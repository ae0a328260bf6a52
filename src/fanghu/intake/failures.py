"""What fails now: of each source, of the intake, of Fanghu's own log, of the disk. Reads only."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.conf import settings

from fanghu.auditlog.reading import state as log_state
from fanghu.intake import rules
from fanghu.intake.canaries.ways import WAYS
from fanghu.intake.host_configs import SILENT, silent_hosts
from fanghu.intake.models import CanaryTrace, Source, SourceSeen
from fanghu.intake.plan import Listeners, State
from fanghu.intake.rules import text
from fanghu.intake.seen import is_overdue
from fanghu.jobs.reading import failing_jobs

ONE = "system:fanghu"
INTAKE, SOURCE, LOG, DISK = "intake.", "source.", "log.", "disk."
STALE = timedelta(seconds=30)
"""How old the intake's word may be while it counts as running; it speaks each second."""
WARM = timedelta(seconds=60)
"""How long the intake must have been running before a source's silence is the source's."""
WAITS = timedelta(seconds=60)
MANY = 500
"""Events waiting for the log: how long, how many, before it is a failure."""
FLOOR_MB = 512
"""Room that must stay free where the log lies, MB."""
STEADY: Mapping[str, timedelta] = {"intake.stopped": timedelta(seconds=60), "log.job_failing": timedelta(seconds=60)}
"""Kinds that are a failure only once they were seen for so long."""
OURS = ("auditlog.", "alarms.", "intake.")


@dataclass(frozen=True, slots=True)
class Failure:
    """One thing that fails: the kind of its alarm, what it is about, since when."""

    kind: str
    key: str
    since: datetime
    params: Mapping[str, str | int] = field(default_factory=dict)
    subject: str = ONE
    source: Source | None = None

    @property
    def name(self) -> tuple[str, str]:
        """What tells it from others."""
        return self.kind, self.key

    @property
    def run(self) -> str:
        """The drill that made it fail on purpose."""
        return self.source.run if self.source else ""


def running(state: State | None, now: datetime) -> bool:
    """Whether the intake is there."""
    said = rules.moment(state.at) if state else None
    return said is not None and abs(now - said) <= STALE


def failures(
    sources: list[Source], tokens: Mapping[int, int], state: State | None, listen: Listeners, now: datetime
) -> Iterator[Failure]:
    """Everything that fails now. ``tokens`` counts the valid ones of each source."""
    yield from of_own_log(now)
    live = [source for source in sources if rules.LIVE & set(source.ways)]
    there = running(state, now)
    firms = [source for source in live if not source.run]
    if firms and not there:
        since = (rules.moment(state.at) if state else None) or max(source.declared_at for source in firms)
        yield Failure("intake.stopped", "intake", since, {"since": text(since)})
    if state is not None and there and state.trouble:
        yield Failure("intake.troubled", "intake", now, {"since": text(now), "trouble": state.trouble[:200]})
    if firms and there:
        yield from of_ways()
    begun = rules.moment(state.since) if state else None
    warm = there and begun is not None and now - begun >= WARM
    seen = {row.source_id: row for row in SourceSeen.objects.filter(source__in=sources)}
    for source in sources:
        if warm or source not in live or (source.run and there):
            yield from of_source(source, seen.get(source.pk), tokens.get(source.pk, 0), listen, now)
    yield from of_hosts({source.name: source for source in sources}, now)


def of_source(
    source: Source, seen: SourceSeen | None, tokens: int, listen: Listeners, now: datetime
) -> Iterator[Failure]:
    """A source's failure with its cause: shut out, refused, or silent; shut out is one before anything is missed."""
    since = (seen.last_at if seen else None) or source.declared_at
    about = f"system:{source.system.slug}"
    params: dict[str, str | int] = {"source": source.name, "since": text(since)}
    if shut_out(source, tokens, listen):
        yield Failure("source.closed", source.name, since, params, about, source)
    elif is_overdue(source, since, now):
        if seen is not None and seen.refused_since is not None:
            refused = {**params, "refused": seen.refused - seen.refused_then}
            yield Failure("source.refused", source.name, since, refused, about, source)
        else:
            every = {**params, "every": max(1, round(source.every_seconds / 60))}
            yield Failure("source.silent", source.name, since, every, about, source)


def of_hosts(sources: Mapping[str, Source], now: datetime) -> Iterator[Failure]:
    """Hosts that no longer say what their logging's configuration is."""
    for host, name, since in silent_hosts(now):
        if source := sources.get(name):
            about = f"system:{source.system.slug}"
            yield Failure(SILENT, host, since, {"host": host, "since": text(since)}, about, source)


def of_ways() -> Iterator[Failure]:
    """Ways in by which the last canary was not found in the log."""
    for row in CanaryTrace.objects.all():
        if row.lost_at is not None:
            params: dict[str, str | int] = {"way": WAYS[row.way].label, "since": text(row.lost_at)}
            yield Failure("intake.way_lost", WAYS[row.way].label, row.lost_at, params)


def shut_out(source: Source, tokens: int, listen: Listeners) -> bool:
    """Whether none of a source's ways is open: no listener, or nothing that lets it in there."""
    open_ways = set(source.ways)
    if not (listen.http and (tokens or source.certificates)):
        open_ways -= rules.OVER_HTTP
    if not (listen.syslog_tcp or listen.syslog_tls or listen.syslog_udp):
        open_ways -= {"syslog"}
    return not open_ways


def of_own_log(now: datetime) -> Iterator[Failure]:
    """Fanghu's own log: events that wait, a log not whole, work that fails, a disk that fills."""
    log = log_state()
    waits = log.oldest_pending_at
    if waits is not None and (now - waits > WAITS or log.pending >= MANY):
        yield Failure("log.waiting", "relay", waits, {"count": log.pending, "since": text(waits)})
    if log.troubled:
        found = log.verified_at or now
        yield Failure("log.damaged", "log", found, {"since": text(found)})
    for job, at, _why in failing_jobs():
        if job.startswith(OURS):
            yield Failure("log.job_failing", job, at, {"job": job, "since": text(at)})
    free = shutil.disk_usage(settings.HOME).free // 1_000_000
    if free < FLOOR_MB:
        yield Failure("disk.low", "disk", now, {"free": free, "floor": FLOOR_MB})
