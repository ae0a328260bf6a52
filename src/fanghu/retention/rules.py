"""What of a log may be let go: whole segments older than every retention, under no hold."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

TAIPEI = ZoneInfo("Asia/Taipei")
SHORTEST_DAYS = 1_096
"""Three years, one of them a leap year (4.1); no policy makes it less."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """A segment of a log: its first entry, when its newest came in, the times its records state, their sources."""

    first: int
    newest_received: datetime
    oldest: datetime
    newest: datetime
    sources: frozenset[str]


@dataclass(frozen=True, slots=True)
class Held:
    """What a legal hold covers: these sources (none named: all), records of these days (open where None)."""

    sources: frozenset[str] = frozenset()
    since: date | None = None
    until: date | None = None

    def covers(self, part: Stretch) -> bool:
        """Whether a record of the segment may fall under it; in doubt it does."""
        if self.sources and not self.sources & part.sources:
            return False
        first, last = part.oldest.astimezone(TAIPEI).date(), part.newest.astimezone(TAIPEI).date()
        return (self.until is None or first <= self.until) and (self.since is None or last >= self.since)


def kept_days(sources: Iterable[str], owners: Mapping[str, str], approved: Mapping[str, int]) -> int | None:
    """For how many days records of these sources stay: the longest retention of the systems they belong to.

    ``owners`` names the system of a source, ``approved`` the days approved for a system. A source that belongs to none
    is held to the longest of all. None while a system's retention, or any at all, is not approved: nothing goes then.
    """
    if not approved:
        return None
    longest = SHORTEST_DAYS
    for source in sources:
        owner = owners.get(source)
        days = max(approved.values()) if owner is None else approved.get(owner)
        if days is None:
            return None
        longest = max(longest, days)
    return longest


def cut(now: datetime, days: int) -> datetime:
    """The beginning of the first day (Taipei) that must stay."""
    return datetime.combine(now.astimezone(TAIPEI).date() - timedelta(days=days), time(), TAIPEI)


def goes(part: Stretch, now: datetime, days: int | None, holds: Collection[Held]) -> bool:
    """Whether a whole segment may go."""
    if days is None or part.newest_received >= cut(now, days):
        return False
    return not any(hold.covers(part) for hold in holds)


def may_go(parts: Iterable[tuple[Stretch, int | None]], now: datetime, holds: Collection[Held]) -> list[Stretch]:
    """The oldest segments, in order, up to the first that must stay; each comes with the days its records are kept."""
    found = []
    for part, days in parts:
        if not goes(part, now, days, holds):
            break
        found.append(part)
    return found
