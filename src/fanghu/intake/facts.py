"""What the ways in (4.2) and the watch over logging (4.7) testify; no Django."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class LogWatch:
    """Whether one system's logging is watched, and whether people act when it fails.

    ``sources`` counts what is expected to speak; ``unwatched`` names sources that lie in the log and that nobody
    declared. ``failing`` is what fails now. ``silent_gaps``: gaps that raised no alarm. Of the alarms: ``unanswered``
    ones were raised longer than a day ago and nobody acted on them, ``unclosed`` ones have been over for a week,
    ``untold`` ones reached nobody within a quarter of an hour. ``closed`` counts those of a year that were acted on and
    closed. ``ways`` are the ways by which alarms go out.
    """

    watched_at: datetime | None
    sources: int
    unwatched: tuple[str, ...]
    failing: int
    silent_gaps: int
    unanswered: int
    unclosed: int
    untold: int
    closed: int
    ways: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LogWays:
    """Whether what is sent by the ways open to one system's sources reaches the log (4.2), as canaries tell each hour.

    ``lost_ways``: those by which the last canary was not found sealed, proved and by a search, or whose canary lies there no
    longer as it was sent. ``traced_at``: when the newest canary was sent that came through, by the way of which that
    lies furthest back; None where there is one by which none ever did.
    """

    ways_in: tuple[str, ...]
    lost_ways: tuple[str, ...]
    traced_at: datetime | None
