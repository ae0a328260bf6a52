"""How the retention stands: which days are approved for which system, what is held, what of a log may go."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from fanghu.auditlog.definitions import RETENTION
from fanghu.auditlog.record import OWN_SOURCE
from fanghu.auditlog.sources import systems_of_sources
from fanghu.register.collectors import systems_now
from fanghu.register.definitions import defined
from fanghu.retention.models import Hold
from fanghu.retention.rules import Held, Stretch, kept_days, may_go
from fanghu.testimony import Subject


class Policy:
    """The approved retention of every system, and whose log each source is; read once."""

    def __init__(self, sources: Iterable[str]) -> None:
        named = set(sources)
        self.owners = {OWN_SOURCE: OWN_SOURCE, **systems_of_sources(named, retired=True)}
        slugs = {*systems_now(), *self.owners.values()}
        found = defined(RETENTION, [Subject.system(slug) for slug in slugs])
        self.approved = {subject.slug: int(value.value["kept_days"]) for subject, value in found.items()}

    def days(self, sources: Iterable[str]) -> int | None:
        """For how many days records of these sources stay; None while nobody approved it."""
        return kept_days(sources, self.owners, self.approved)


def holds() -> list[Held]:
    """Every hold in force."""
    rows = Hold.objects.filter(released_at=None)
    return [Held(frozenset(row.sources), row.since, row.until) for row in rows]


def going(parts: Iterable[Stretch], now: datetime) -> list[Stretch]:
    """The oldest segments of a log that may go now."""
    found = list(parts)
    policy = Policy({source for part in found for source in part.sources})
    return may_go(((part, policy.days(part.sources)) for part in found), now, holds())
