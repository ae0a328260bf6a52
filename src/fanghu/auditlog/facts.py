"""What a log testifies about itself: kept how long, recording what, how full, when, for whom, and whole; no Django."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class RetentionPolicy:
    """What the firm has approved of one system's log (4.1): the period one log covers, and for how many days it is kept.

    ``approved_at`` is None, ``cycle`` "" and ``kept_days`` 0 while nothing is approved.
    """

    approved_at: datetime | None
    cycle: str
    kept_days: int


@dataclass(frozen=True, slots=True)
class LogSpan:
    """How far back one system's log goes (4.1).

    ``missing`` counts records that the log once took and no longer holds; ``gaps`` the periods of the approved cycle
    (days while none is) in which no record shows that logging ran, those aside that end with a start of the system.
    ``shortest_kept_days``: how long the youngest record that was lawfully let go had been kept; None where none was.
    """

    records: int
    oldest_at: datetime | None
    missing: int
    gaps: int
    shortest_kept_days: float | None = None


@dataclass(frozen=True, slots=True)
class EventCatalogue:
    """Which kinds of events one system must record (4.2), as approved, and what is known of each.

    ``unrecordable``: chosen kinds that the system is known not to record. ``unproven``: chosen kinds of a system whose
    own list of kinds is not known, never seen in its log. ``seen`` counts the chosen kinds found in the log.
    """

    approved_at: datetime | None
    chosen: tuple[str, ...]
    unrecordable: tuple[str, ...]
    unproven: tuple[str, ...]
    seen: int


@dataclass(frozen=True, slots=True)
class LogStorage:
    """What the logs here take together on disk and what is left for them (4.6), in bytes.

    ``bytes_per_day`` rests on the last ``measured_days`` days (at most 30; a history shorter than a day counts as one
    whole day); ``kept_days`` is the longest approved retention among the logs here, 0 while this one's is not approved.
    """

    held_bytes: int
    bytes_per_day: int
    measured_days: float
    kept_days: int
    free_bytes: int


@dataclass(frozen=True, slots=True)
class TimeStamps:
    """Whether one system's records carry a time that maps to UTC (4.8); every record has our own time in UTC beside it.

    Of records that came in within thirty days, ``without_offset`` counts those whose zone nobody stated, and
    ``largest_lead_seconds`` says how far a record's own time lies after the time it came in. ``median_lag_seconds``: how long
    the newest records that came in live were under way, of the source of which that is furthest off.
    """

    records: int
    without_offset: int
    largest_lead_seconds: float
    median_lag_seconds: float | None


@dataclass(frozen=True, slots=True)
class ClockSync:
    """Whether the clocks of one system's hosts are synchronised (4.9), as approved and as measured.

    ``unsynchronised``: hosts whose newest reading finds neither kernel nor time daemon synchronised. ``unmeasured``:
    hosts of which no offset from a named reference was ever read; ``oldest_reading_at`` and ``largest_offset_seconds``
    are the worst of the newest readings of the others. ``in_use_since``: when the system was registered.
    """

    approved_at: datetime | None
    in_use_since: datetime
    every_days: float
    max_offset_seconds: float
    hosts: int
    unsynchronised: tuple[str, ...]
    unmeasured: tuple[str, ...]
    oldest_reading_at: datetime | None
    largest_offset_seconds: float | None


@dataclass(frozen=True, slots=True)
class LogAccess:
    """Who gets at one system's log (4.10).

    ``readers`` counts the accounts in use that may read it; ``open_pages`` names ways to it over the network that ask
    for no right over the log; ``exposed_files`` what of it others on the machine may open, or somebody else owns;
    ``unapproved`` who is written down as a reader of it (a role, a person's number) though no second person approved it.
    """

    readers: int
    open_pages: tuple[str, ...]
    exposed_files: tuple[str, ...]
    unapproved: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LogFields:
    """How complete one system's records are (4.5), counted over every sealed record of it.

    A line kept verbatim counts as lacking all four. Who and where are asked of records that concern a user: every
    event of our own; of imported lines, sign-ins and sessions. ``added_fields`` are those recorded beyond the four.
    """

    records: int
    verbatim: int
    without_type: int
    without_time: int
    without_place: int
    without_identity: int
    confirmed_at: datetime | None = None
    added_fields: tuple[str, ...] = ()
    unrecorded_fields: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LogIntegrity:
    """How far the log is known to be whole (4.11).

    ``verified_*``: the last verification of every byte against the key pinned outside the log's folder; where logs lie
    beside it, ``verified_at`` is that of the one that could not be told for longest.
    ``kept_*``: the newest checkpoint somebody took off the machine, and whether the log was found to extend it;
    ``presented_at`` is when a kept one was last brought back. ``finding`` is a mismatch not yet settled ("" if none).
    ``oldest_pending_at`` is the oldest event that has not reached the log. ``skipped``: of a system that sends, how many
    of its sources left numbers of batches out, and no person has closed the alarm of it yet; ``reconfigured``: the same of
    hosts whose configuration of logging changed, or that no longer say what it is.
    """

    size: int
    verified_at: datetime | None
    verified_ok: bool | None
    verified_size: int
    kept_at: datetime | None
    kept_where: str
    kept_consistent: bool
    presented_at: datetime | None
    finding: str
    oldest_pending_at: datetime | None
    skipped: int
    reconfigured: int
