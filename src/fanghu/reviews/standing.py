"""Where the daily reviews stand: every system's days, what a day holds, what waits for a person."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Q

from fanghu.auditlog.record import OWN_SOURCE
from fanghu.auditlog.sources import systems_of_sources
from fanghu.register.collectors import systems_now
from fanghu.register.definitions import defined
from fanghu.reviews.definitions import HOLIDAYS
from fanghu.reviews.models import DayReview, DeedGroup, Finding, LogReading, SourceDay
from fanghu.reviews.rules import HABIT_DAYS, Day, Deed, Difference, Part, SignOff, days_due, differences
from fanghu.testimony import FIRM

ONE = OWN_SOURCE


def taipei_date(now: datetime) -> date:
    """The date in Taipei at ``now``."""
    return now.astimezone(ZoneInfo(settings.TIME_ZONE)).date()


def holidays() -> frozenset[date]:
    """Days on which nobody signs, as the firm approved them."""
    found = defined(HOLIDAYS, [FIRM]).get(FIRM)
    return frozenset(date.fromisoformat(line.strip()) for line in (found.value["dates"] or [] if found else []))


def sources_here() -> dict[str, tuple[str, ...]]:
    """The sources of each system (slug) whose records lie in a log here and were read."""
    begun = {source for row in LogReading.objects.all() for source in row.begun}
    found: dict[str, set[str]] = defaultdict(set)
    for source, slug in systems_of_sources(begun).items():
        found[slug].add(source)
    if ONE in begun:
        found[ONE].add(ONE)
    return {slug: tuple(sorted(sources)) for slug, sources in sorted(found.items())}


def core_systems() -> dict[str, tuple[str, ...]]:
    """Those of them that the duty binds: core systems in use, and those nobody has said of."""
    systems = systems_now()
    return {
        slug: sources for slug, sources in sources_here().items()
        if slug in systems and systems[slug].is_core is not False
    }  # fmt: skip


def days_of(systems: dict[str, tuple[str, ...]], now: datetime) -> dict[str, list[Day]]:
    """Every day to review of each system (its sources given), oldest first; a fixed number of queries."""
    today, off, zone = taipei_date(now), holidays(), ZoneInfo(settings.TIME_ZONE)
    begun: dict[str, date] = {}
    for row in LogReading.objects.all():
        for source, ms in row.begun.items():
            day = datetime.fromtimestamp(ms / 1000, zone).date()
            begun[source] = min(begun.get(source, day), day)
    owner = {source: slug for slug, sources in systems.items() for source in sources}
    parts: dict[str, dict[date, list[Part]]] = {slug: {} for slug in systems}
    for log, source, day, records, digest, came in SourceDay.objects.filter(source__in=owner).values_list(
        "log", "source", "day", "records", "digest", "came_at"
    ):
        parts[owner[source]].setdefault(day, []).append(Part(log, source, records, digest, taipei_date(came)))
    signed = _signed(systems, zone)
    return {
        slug: days_due(
            slug, parts[slug], min((begun[source] for source in sources if source in begun), default=today), today,
            signed.get(slug, {}), off,
        )
        for slug, sources in systems.items()
    }  # fmt: skip


def _signed(systems: Collection[str], zone: ZoneInfo) -> dict[str, dict[date, SignOff]]:
    found: dict[str, dict[date, SignOff]] = {}
    rows = DayReview.objects.filter(system__in=list(systems)).order_by("part")
    for system, day, part, records, hash_, at in rows.values_list(
        "system", "day", "part", "records", "content_hash", "signed_at"
    ):
        found.setdefault(system, {})[day] = SignOff(part, records, hash_, at.astimezone(zone).date())
    return found


def day_of(system: str, day: date, now: datetime) -> Day | None:
    """One day as it stands, or None when it is none to review (not over yet, or before the log began)."""
    sources = core_systems().get(system)
    if sources is None:
        return None
    return next((each for each in days_of({system: sources}, now)[system] if each.day == day), None)


@dataclass(slots=True)
class Line:
    """One line of a day's page: an actor's deeds of one type on one kind of object."""

    actor: str
    type: str
    kind: str
    source: str
    times: int
    records: int
    first_at: datetime
    last_at: datetime
    places: list[str]
    new: set[Difference]


def lines_of(day: Day) -> list[Line]:
    """The day's groups, what differs from habit first (two queries)."""
    rows = list(DeedGroup.objects.filter(_held(day)).order_by("first_at", "pk"))
    found: dict[tuple[str, str, str, str], Line] = {}
    for row in rows:
        line = found.get((row.actor, row.type, row.kind, row.source))
        if line is None:
            line = found[row.actor, row.type, row.kind, row.source] = Line(
                row.actor, row.type, row.kind, row.source, 0, 0, row.first_at, row.last_at, [], set()
            )
        line.times += row.times
        line.records += row.records
        line.first_at, line.last_at = min(line.first_at, row.first_at), max(line.last_at, row.last_at)
        if row.place and row.place not in line.places:
            line.places.append(row.place)
    new = differences([_deed(row) for row in rows], _habit(day, {row.actor for row in rows}))
    for line in found.values():
        line.new = new.get((line.actor, line.type, line.kind), set())
    return sorted(found.values(), key=lambda line: (-len(line.new), -line.times, line.actor, line.type))


def actors_of(day: Day) -> set[str]:
    """Who did the day's deeds, as the records name them."""
    return set(DeedGroup.objects.filter(_held(day)).values_list("actor", flat=True).distinct())


def _held(day: Day) -> Q:
    held = Q(pk__in=[])
    for part in day.parts:
        held |= Q(log=part.log, source=part.source, day=day.day)
    return held


def _habit(day: Day, actors: Iterable[str]) -> list[Deed]:
    """What these actors did in the same sources in the thirty days before."""
    past = DeedGroup.objects.filter(
        source__in={part.source for part in day.parts}, actor__in=list(actors),
        day__gte=day.day - timedelta(days=HABIT_DAYS), day__lt=day.day,
    )  # fmt: skip
    return [Deed(*row) for row in past.values_list("actor", "type", "kind", "hour", "place").distinct()]


def _deed(row: DeedGroup) -> Deed:
    return Deed(row.actor, row.type, row.kind, row.hour, row.place)


def open_findings(systems: Collection[str] | None = None) -> Any:
    """Findings nobody has closed yet, oldest first."""
    rows = Finding.objects.filter(closed_at=None).select_related("noted_by_person").order_by("noted_at", "pk")
    return rows if systems is None else rows.filter(system__in=list(systems))
