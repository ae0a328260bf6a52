"""Reads the facts of 4.5 and 4.11 for every system whose records lie in this log."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from fanghu.auditlog.actions import places
from fanghu.auditlog.facts import LogFields, LogIntegrity
from fanghu.auditlog.index import Census
from fanghu.auditlog.reading import census, state
from fanghu.auditlog.record import OWN_SOURCE
from fanghu.auditlog.vault import SealedLog
from fanghu.faults import Fault
from fanghu.testimony import Message, Scope, Subject, Testimony, _

ONE = Subject.system("fanghu")
ADDED = ("outcome", "object", "session", "via", "detail")  # what AuditEvent states beyond the four


def log_fields(scope: Scope) -> Mapping[Subject, Testimony[LogFields]]:
    """Completeness by system: a source belongs to the system whose slug is its name."""
    if not scope.subjects:
        return {}
    found = census()
    told: dict[Subject, Testimony[LogFields]] = {}
    for source, counts in {OWN_SOURCE: Census(0, 0, 0, 0, 0, 0), **found}.items():
        subject = ONE if source == OWN_SOURCE else Subject.system(source)
        if subject not in scope.subjects:
            continue
        facts = LogFields(
            records=counts.records,
            verbatim=counts.verbatim,
            without_type=counts.without_type,
            without_time=counts.without_time,
            without_place=counts.without_place,
            without_identity=counts.without_identity,
            added_fields=ADDED if source == OWN_SOURCE else (),
        )
        told[subject] = Testimony(facts, f"auditlog index, source {source}", scope.now)
    return told


def log_integrity(scope: Scope) -> Mapping[Subject, Testimony[LogIntegrity]]:
    """Whether this log is whole. It testifies for system one alone: of another system's log it holds only a copy."""
    if ONE not in scope.subjects:
        return {}
    now = state()
    if now.sealed_at is None:
        why = Message(_("The audit log has not taken its first entry yet."))
        return {ONE: Testimony(None, "auditlog", scope.now, why_none=why)}
    kept = now.kept_checkpoint
    facts = LogIntegrity(
        size=now.size,
        verified_at=now.verified_at,
        verified_ok=now.verified_ok,
        verified_size=now.verified_size,
        kept_at=kept.kept_at if kept else None,
        kept_where=kept.where if kept else "",
        kept_consistent=kept is not None and kept_holds(kept.size, kept.root),
        presented_at=kept.presented_at if kept else None,
        finding=now.finding,
        oldest_pending_at=now.oldest_pending_at,
    )
    return {ONE: Testimony(facts, "auditlog verification", scope.now)}


def kept_holds(size: int, root: str) -> bool:
    """Whether the log as it now lies on disk extends the kept checkpoint."""
    try:
        return SealedLog(places().folder).extends(size, root)
    except (Fault, OSError, ValueError):
        return False


PROVIDERS: dict[type, Callable[[Scope], Mapping[Subject, Testimony[Any]]]] = {
    LogFields: log_fields,
    LogIntegrity: log_integrity,
}
