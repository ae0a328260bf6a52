"""What the audit log testifies about itself: completeness of records (4.5) and integrity (4.11); no Django."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


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
    added_fields: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LogIntegrity:
    """How far the log is known to be whole (4.11).

    ``verified_*``: the last verification of every byte against the key pinned outside the log's folder.
    ``kept_*``: the newest checkpoint somebody took off the machine, and whether the log was found to extend it;
    ``presented_at`` is when a kept one was last brought back. ``finding`` is a mismatch not yet settled ("" if none).
    ``oldest_pending_at`` is the oldest event that has not reached the log.
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
