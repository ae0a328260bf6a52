"""Whose log a source is: as declared, the system of that name, or the one that alone owns every host the source names."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.apps import apps

from fanghu.auditlog.record import OWN_SOURCE
from fanghu.auditlog.seen_hosts import hosts
from fanghu.testimony import Scope, Subject

ONE = Subject.system(OWN_SOURCE)


def systems_of_sources(sources: Iterable[str], *, retired: bool = False, by_host: bool = True) -> dict[str, str]:
    """The system whose log each source is; the log of a ``retired`` one only when asked for.

    Without ``by_host`` only what was declared or bears the system's own name counts, not what its lines say of hosts.
    """
    rows = apps.get_model("register", "System").objects.all()
    systems = (rows if retired else rows.filter(retired_at=None)).values_list("slug", "hosts")
    owner = {host.lower(): slug for slug, hosts in systems for host in hosts}
    slugs = {slug for slug, _hosts in systems}
    declared = dict(_declared().values_list("name", "system__slug"))
    named: dict[str, set[str]] = {}
    for host in hosts() if by_host else ():
        named.setdefault(host.source, set()).add(host.name.lower())
    owned: dict[str, str] = {}
    for source in sources:
        if source == OWN_SOURCE:
            continue
        if declared.get(source) in slugs:
            owned[source] = declared[source]
            continue
        if source in slugs:
            owned[source] = source
            continue
        owners = {owner.get(name) for name in named.get(source, ())}
        if len(owners) == 1 and (only := owners.pop()) is not None:
            owned[source] = only
    return owned


def declared_names() -> set[str]:
    """The names of all sources that were ever declared."""
    return set(_declared().values_list("name", flat=True))


def live_sources() -> set[str]:
    """Sources declared to send as things happen; files imported afterwards say nothing of how late records come in."""
    rows = _declared().filter(removed_at=None).values_list("name", "ways")
    return {name for name, ways in rows if set(ways) - {"import"}}


def systems_sending() -> set[Subject]:
    """The systems with a source that sends as things happen."""
    rows = _declared().filter(removed_at=None, system__retired_at=None).values_list("system__slug", "ways")
    return {Subject.system(slug) for slug, ways in rows if set(ways) - {"import"}}


def _declared() -> Any:
    """The sources that the firm declared, oldest first; canaries of drills aside."""
    return apps.get_model("intake", "Source").objects.filter(run="").order_by("pk")


def sources_of(scope: Scope, sources: Iterable[str], *, retired: bool = False) -> dict[Subject, list[str]]:
    """The sources of each asked-for subject whose log lies here; system one's own is always among them."""
    parts: dict[Subject, list[str]] = {ONE: [OWN_SOURCE]}
    for source, slug in systems_of_sources(sources, retired=retired).items():
        parts.setdefault(Subject.system(slug), []).append(source)
    return {subject: sorted(found) for subject, found in parts.items() if subject in scope.subjects}
