"""What is known of administrators' deeds in the logs, and of people's reviews of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class AdminRecords:
    """Whether a log holds what administrators do (4.3).

    ``read_at`` is when the logs were last read to their end; ``entries_behind`` lie after it. ``altered`` rows of what was
    read do not fit the log; ``deeds`` are the records of administrators' deeds; ``silent`` names administrators who used
    the system while its log holds nothing of them.
    """

    read_at: datetime | None
    entries_behind: int
    altered: int
    deeds: int
    silent: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AdminReview:
    """The daily reviews of one system (4.3): ``days`` fell due so far and ``signed`` of them stand signed.

    ``missed`` names days past their business day; ``added_late`` days got records after they were signed, which nobody has
    signed in time; ``own_deeds`` sign-offs are by somebody who did some of what the day holds; ``findings_left`` were
    noted over two weeks ago and nobody has said what was done.
    """

    days: int
    signed: int
    missed: tuple[str, ...]
    added_late: tuple[str, ...]
    own_deeds: int
    findings_left: int


@dataclass(frozen=True, slots=True)
class LogReviews:
    """The periodic reviews of one system's log (4.4).

    ``asked_days`` is the period the firm approved (0: none), ``registered_at`` when the system was registered, ``signed_on``
    when its log was last reviewed; ``days_left_out`` lie between reviews and no review covers them.
    """

    period_approved_at: datetime | None
    asked_days: int
    registered_at: datetime
    signed_on: datetime | None
    days_left_out: int
