"""Who may read which log (4.10): everything, what this product records itself, the logs of systems that somebody was given.

``reach_of`` is the one answer: every reading for a person goes through it, and who is not known here reads nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db.models import Q

from fanghu.auditlog.given import readers_given, systems_given
from fanghu.auditlog.indexes import Indexes
from fanghu.auditlog.models import LogReader
from fanghu.auditlog.query import Query
from fanghu.auditlog.record import OWN_SOURCE
from fanghu.auditlog.refusals import refused_reading
from fanghu.auditlog.sources import declared_names, systems_of_sources
from fanghu.events.doer import Doer
from fanghu.shell.rights import TABLE, Right, Role, rights_of

MACHINE = frozenset({"cli", "keeper", "drill"})
"""Ways in that are the machine's own: whoever has it holds the files themselves."""


@dataclass(frozen=True, slots=True)
class Reach:
    """What somebody may read: ``every`` log whole, or the records of ``sources``, which are those of ``systems``."""

    every: bool = False
    systems: frozenset[str] = frozenset()
    sources: frozenset[str] = frozenset()

    def holds(self, sources: Iterable[str]) -> bool:
        """Whether all of these sources may be read."""
        return self.every or self.sources.issuperset(sources)

    def of(self, sources: Iterable[str]) -> list[str]:
        """Those of ``sources`` that may be read."""
        return [source for source in sources if self.every or source in self.sources]


def reach_of(by: Doer) -> Reach:
    """What ``by`` may read: a fixed number of queries."""
    if not by.account:
        return Reach(every=by.via in MACHINE)
    account: Any = get_user_model().objects.filter(pk=by.account).first()
    rights = account.rights if account is not None else frozenset()
    if Right.LOG_READ_ALL in rights:
        return Reach(every=True)
    if Right.LOG_READ not in rights:
        return Reach()
    given = systems_given(account)
    owned = systems_of_sources(
        {*Indexes(Path(settings.HOME)).sources(), *declared_names(), *given}, retired=True, by_host=False
    )
    sources = {source for source, slug in owned.items() if slug in given}
    if Right.LOG_READ_OWN in rights or OWN_SOURCE in given:
        return Reach(systems=given | {OWN_SOURCE}, sources=frozenset(sources | {OWN_SOURCE}))
    return Reach(systems=given, sources=frozenset(sources))


def within_reach(query: Query, *, by: Doer, now: datetime) -> Query:
    """``query`` over what ``by`` may read; Denied FH-LOG-70 when it names a source that they may not."""
    reach = reach_of(by)
    if reach.every:
        return query
    named = [source for source in query.filters.get("source", ()) if "*" not in source]
    if not reach.holds(named):
        owned = systems_of_sources(set(named) - reach.sources, retired=True)
        raise refused_reading(set(owned.values()), by=by, now=now)
    return replace(query, only=reach.sources)


@dataclass(frozen=True, slots=True)
class Reading:
    """Everybody's rights to read: accounts that read every log, those that read one system's, and rows that nobody approved."""

    every: list[Any] = field(default_factory=list)
    systems: dict[str, list[Any]] = field(default_factory=dict)
    unapproved: dict[str, list[LogReader]] = field(default_factory=dict)

    def of(self, slug: str) -> list[Any]:
        """Accounts that may read this system's log."""
        return list({account.pk: account for account in (*self.every, *self.systems.get(slug, []))}.values())


def readings(now: datetime) -> Reading:
    """Of all accounts in use, canaries aside, by name: three queries."""
    accounts = get_user_model().objects.filter(state="active", canary_run="")
    usable = accounts.filter(Q(valid_until=None) | Q(valid_until__gt=now)).prefetch_related("roles")
    found = Reading(systems=defaultdict(list), unapproved=defaultdict(list))
    by_role: dict[str, set[str]] = defaultdict(set)
    by_person: dict[UUID, set[str]] = defaultdict(set)
    for row in readers_given().select_related("person"):
        if not row.stands:
            found.unapproved[row.system.slug].append(row)
        elif row.person_id is None:
            by_role[row.role].add(row.system.slug)
        else:
            by_person[row.person_id].add(row.system.slug)
    for account in usable.order_by("display_name", "pk"):
        names = {held.role for held in account.roles.all()}
        rights = rights_of(names)
        if Right.LOG_READ_ALL in rights:
            found.every.append(account)
            continue
        slugs = set().union(*(by_role[name] for name in names if name in by_role))
        if not account.lent:
            slugs |= by_person.get(account.person_id, set())
        if Right.LOG_READ_OWN in rights:
            slugs.add(OWN_SOURCE)
        for slug in slugs:
            found.systems[slug].append(account)
    return found


def givable() -> list[Role]:
    """Roles that a system's log can be given to: those that do not read everything."""
    return [role for role, rights in TABLE.items() if Right.LOG_READ_ALL not in rights]
