"""Which year a line without one belongs to: the newest that is not in the future, wrapping at New Year; pure."""

from __future__ import annotations

from calendar import isleap
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from fanghu.auditlog.parsers.reading import Stamp

STRAY = 10  # days by which lines of one file may stand out of order; a bigger step back crosses New Year
YEAR = 12 * 31  # days of a year in which every month has 31
TOLERANCE = timedelta(days=1)  # a source's clock may run ahead of ours


@dataclass(slots=True)
class YearWalk:
    """Follows a file's stamps in order; ``offset`` counts New Years crossed since the first line.

    >>> walk = YearWalk()
    >>> [walk.step(Stamp(month=m, day=d, clock="00:00:00")) for m, d in ((12, 31), (1, 1), (12, 31), (1, 2))]
    [0, 1, 0, 1]
    """

    offset: int = 0
    day: int = 0
    newest: tuple[int, int, int, str] | None = None
    leap_offsets: frozenset[int] = frozenset()

    def step(self, stamp: Stamp) -> int:
        """Take the next stamp without a year and return how many New Years lie between the first line and it."""
        day = stamp.month * 31 + stamp.day
        if self.day and day - self.day < -STRAY:
            self.offset += 1
        elif self.day and day - self.day > YEAR - STRAY:
            self.offset -= 1
        self.day = day
        if (stamp.month, stamp.day) == (2, 29) and self.offset not in self.leap_offsets:
            self.leap_offsets |= {self.offset}
        place = (self.offset, stamp.month, stamp.day, stamp.clock)
        if self.newest is None or place > self.newest:
            self.newest = place
        return self.offset


def first_year(walk: YearWalk, now: datetime, zone: tzinfo) -> int:
    """The year of the file's first line such that its newest line is not in the future (a day's tolerance).

    A file that holds 29 February gets the newest such year in which that day exists (eight years are looked through).
    """
    local = (now + TOLERANCE).astimezone(zone)
    if walk.newest is None:
        return local.year
    offset, month, day, clock = walk.newest
    year = local.year - offset
    if (month, day, clock) > (local.month, local.day, local.strftime("%H:%M:%S")):
        year -= 1
    for back in range(9):
        if all(isleap(year - back + leap) for leap in walk.leap_offsets):
            return year - back
    return year


def moment(stamp: Stamp, year: int, zone: tzinfo) -> datetime | None:
    """The stamp as an aware time, in ``year`` and ``zone`` where it states none; None where that day does not exist."""
    if stamp.at is not None:
        return stamp.at if stamp.at.tzinfo else stamp.at.replace(tzinfo=zone)
    hour, minute, second = (int(part) for part in stamp.clock.split(":"))
    try:
        return datetime(year, stamp.month, stamp.day, hour, minute, min(second, 59), tzinfo=zone)
    except ValueError:
        return None
