"""Reads the facts of 4.5 and 4.11 for every system whose records lie in this log."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from django.apps import apps

from fanghu.auditlog.actions import places
from fanghu.auditlog.facts import LogFields, LogIntegrity
from fanghu.auditlog.index import Census
from fanghu.auditlog.reading import census, hosts, state
from fanghu.auditlog.record import OWN_SOURCE
from fanghu.auditlog.vault import SealedLog
from fanghu.faults import Fault
from fanghu.testimony import Message, Scope, Subject, Testimony, _

ONE = Subject.system("fanghu")
ADDED = ("outcome", "object", "session", "via", "detail")  # what AuditEvent states beyond the four


def log_fields(scope: Scope) -> Mapping[Subject, Testimony[LogFields]]:
    """Completeness by system, over all sources that are this system's (see ``systems_of_sources``)."""
    if not scope.subjects:
        return {}
    found = census()
    owners = systems_of_sources(found)
    parts: dict[Subject, list[str]] = {ONE: [OWN_SOURCE]}
    for source, slug in owners.items():
        parts.setdefault(Subject.system(slug), []).append(source)
    return {
        subject: Testimony(
            _fields([found[source] for source in sources if source in found], own=subject == ONE),
            f"auditlog index: {', '.join(sorted(sources))}",
            scope.now,
        )
        for subject, sources in parts.items()
        if subject in scope.subjects
    }


def systems_of_sources(sources: Iterable[str]) -> dict[str, str]:
    """The system whose log a source is: the one of that name, else the one that alone owns every host it names."""
    systems = apps.get_model("register", "System").objects.filter(retired_at=None).values_list("slug", "hosts")
    owner = {host.lower(): slug for slug, hosts in systems for host in hosts}
    slugs = {slug for slug, _hosts in systems}
    named: dict[str, set[str]] = {}
    for host in hosts():
        named.setdefault(host.source, set()).add(host.name.lower())
    owned: dict[str, str] = {}
    for source in sources:
        if source == OWN_SOURCE:
            continue
        if source in slugs:
            owned[source] = source
            continue
        owners = {owner.get(name) for name in named.get(source, ())}
        if len(owners) == 1 and (only := owners.pop()) is not None:
            owned[source] = only
    return owned


def _fields(counts: list[Census], *, own: bool) -> LogFields:
    return LogFields(
        records=sum(count.records for count in counts),
        verbatim=sum(count.verbatim for count in counts),
        without_type=sum(count.without_type for count in counts),
        without_time=sum(count.without_time for count in counts),
        without_place=sum(count.without_place for count in counts),
        without_identity=sum(count.without_identity for count in counts),
        added_fields=ADDED if own else (),
    )


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
        size=size_on_disk(),
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
    LogFields: log_fields,
    LogIntegrity: log_integrity,
}
