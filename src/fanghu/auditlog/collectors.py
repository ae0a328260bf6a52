"""Reads the facts of article 4 for every system whose records lie in this log."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from fanghu.alarms.reading import raised_since
from fanghu.auditlog.actions import places
from fanghu.auditlog.clocks import clock_sync
from fanghu.auditlog.completeness import Census
from fanghu.auditlog.definitions import FIELDS
from fanghu.auditlog.facts import (
    ClockSync,
    EventCatalogue,
    LogAccess,
    LogFields,
    LogIntegrity,
    LogSpan,
    LogStorage,
    RetentionPolicy,
    TimeStamps,
)
from fanghu.auditlog.keeping import event_catalogue, log_span, log_storage, retention_policy, time_stamps
from fanghu.auditlog.reach import log_access
from fanghu.auditlog.reading import census, other_logs, state, tallied
from fanghu.auditlog.record import ADDED
from fanghu.auditlog.sources import ONE, live_sources, sources_of, systems_of_sources
from fanghu.auditlog.vault import SealedLog
from fanghu.faults import Fault
from fanghu.register.definition import Defined
from fanghu.register.definitions import defined
from fanghu.testimony import Message, Scope, Subject, Testimony, _

LEFT_OUT, RECONFIGURED = "source.skipped", ("source.config_changed", "source.config_silent")
"""Alarms that an unbroken log says nothing against."""
__all__ = ["PROVIDERS", "log_fields", "log_integrity", "systems_of_sources"]


def log_fields(scope: Scope) -> Mapping[Subject, Testimony[LogFields]]:
    """Completeness by system, over all sources that are this system's (see ``sources_of``), and the confirmed fields."""
    if not scope.subjects:
        return {}
    found, tallies = census(), tallied()
    parts = sources_of(scope, found)
    confirmed = defined(FIELDS, parts)
    return {
        subject: Testimony(
            _fields(
                [found[source] for source in sources if source in found],
                confirmed.get(subject),
                set(ADDED) if subject == ONE else {
                    field for source in sources if source in tallies for field in tallies[source].fields
                },
            ),
            f"auditlog index: {', '.join(sources)}",
            scope.now,
        )
        for subject, sources in parts.items()
    }  # fmt: skip


def _fields(counts: list[Census], confirmed: Defined | None, carried: set[str]) -> LogFields:
    added = tuple(confirmed.value["fields"]) if confirmed else ()
    return LogFields(
        records=sum(count.records for count in counts),
        verbatim=sum(count.verbatim for count in counts),
        without_type=sum(count.without_type for count in counts),
        without_time=sum(count.without_time for count in counts),
        without_place=sum(count.without_place for count in counts),
        without_identity=sum(count.without_identity for count in counts),
        confirmed_at=confirmed.approved_at if confirmed else None,
        added_fields=added,
        unrecorded_fields=tuple(field for field in added if field not in carried),
    )


def log_integrity(scope: Scope) -> Mapping[Subject, Testimony[LogIntegrity]]:
    """Whether the logs here are whole: of system one, and of every system that sends its records as they happen.

    Of a log that was imported afterwards only a copy lies here. What a verification found of the logs beside ours is written
    into our own, so that nothing vouches for one of them alone.
    """
    live = live_sources()
    sending = [subject for subject, sources in sources_of(scope, tallied()).items() if live & set(sources)]
    about = sorted({ONE, *sending} & scope.subjects)
    if not about:
        return {}
    now = state()
    if now.sealed_at is None:
        why = Message(_("The audit log has not taken its first entry yet."))
        return {subject: Testimony(None, "auditlog", scope.now, why_none=why) for subject in about}
    kept = now.kept_checkpoint
    others = other_logs()
    told = [other.verified_at for other in others if other.verified_at is not None]
    facts = LogIntegrity(
        size=size_on_disk(),
        verified_at=min([now.verified_at, *told]) if now.verified_at else None,
        verified_ok=False if any(other.verified_ok is False for other in others) else now.verified_ok,
        verified_size=now.verified_size,
        kept_at=kept.kept_at if kept else None,
        kept_where=kept.where if kept else "",
        kept_consistent=kept is not None and kept_holds(kept.size, kept.root),
        presented_at=kept.presented_at if kept else None,
        finding="；".join(
            filter(None, [now.finding, *(f"{other.name} {other.finding}" for other in others if other.finding)])
        ),
        oldest_pending_at=now.oldest_pending_at,
        skipped=0,
        reconfigured=0,
    )
    # the records of others lie in logs beside ours: one that was never verified vouches for nothing that lies in it
    known = facts.verified_ok is False or len(told) == len(others)
    theirs = facts if known else replace(facts, verified_at=None, verified_ok=None)
    unclosed = Counter(
        (alarm.subject, alarm.kind == LEFT_OUT)
        for alarm in raised_since(scope.now, [LEFT_OUT, *RECONFIGURED])
        if not alarm.closed_at
    )
    return {
        subject: Testimony(
            facts
            if subject == ONE
            else replace(theirs, skipped=unclosed[str(subject), True], reconfigured=unclosed[str(subject), False]),
            "auditlog verification",
            scope.now,
        )
        for subject in about
    }


def size_on_disk() -> int:
    """How many records the folder's own checkpoint covers, whatever the database believes; 0 when it cannot be read."""
    try:
        return SealedLog(places().folder).size
    except (Fault, OSError):
        return 0


def kept_holds(size: int, root: str) -> bool:
    """Whether the log as it now lies on disk extends the kept checkpoint."""
    try:
        return SealedLog(places().folder).extends(size, root)
    except (Fault, OSError, ValueError):
        return False


PROVIDERS: dict[type, Callable[[Scope], Mapping[Subject, Testimony[Any]]]] = {
    RetentionPolicy: retention_policy,
    LogSpan: log_span,
    EventCatalogue: event_catalogue,
    LogFields: log_fields,
    LogStorage: log_storage,
    TimeStamps: time_stamps,
    ClockSync: clock_sync,
    LogAccess: log_access,
    LogIntegrity: log_integrity,
}
