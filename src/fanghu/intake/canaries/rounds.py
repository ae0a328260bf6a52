"""Each hour a canary by every way that is open to the firm's sources; one that is not found is a failure with its alarm."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from pathlib import Path

from django.db import transaction
from django.utils import timezone

from fanghu.events.doer import Doer
from fanghu.faults import Fault
from fanghu.intake import reading
from fanghu.intake.canaries import tracing
from fanghu.intake.canaries.following import PLAN_READ, Patience, follow, how_found, how_sealed
from fanghu.intake.canaries.preparing import expected_ways, names_of, prepare, take_back
from fanghu.intake.canaries.sending import JOURNAL, Canary
from fanghu.intake.canaries.tracing import Sealed, Trail
from fanghu.intake.failures import running
from fanghu.intake.models import CanaryTrace, Source

RUN, LABEL = "hourly-round", "hourly"
ADDRESS = "127.128.0.1"
"""Beside those of drills (127.64.0.0/10)."""
EVERY, AGAIN = timedelta(hours=1), timedelta(minutes=10)
"""Between two rounds; where a way was lost, so that it is seen when it works again."""
UNDER_WAY = timedelta(minutes=15)
"""Between the beginning of a round and the last of its canaries, at most."""
INDEXED_LOOKS, BETWEEN = 45, 2.0
Came = Mapping[str, tuple[int, str]]


def round_when_due(
    now: datetime,
    *,
    patience: Patience | None = None,
    journal: Path = JOURNAL,
    clock: Callable[[], datetime] = timezone.now,
) -> int:
    """Send a round where a way has not been traced for an hour, or never, or was lost; how many ways were lost.

    An intake that does not run is a failure of its own, and no round is sent.
    """
    by = Doer("keeper", place="machine", run=RUN)
    if Source.objects.filter(run=RUN).exists():  # of a round that was cut off
        take_back(RUN, LABEL, by=by, now=now)
    ways = expected_ways().get("", [])
    CanaryTrace.objects.exclude(way__in=ways).delete()
    traces = {row.way: row for row in CanaryTrace.objects.all()}
    due = any(way not in traces or now - traces[way].sent_at >= _wait(traces[way]) for way in ways)
    if not due or not running(reading.state(), now):
        return 0
    try:
        came = _round(ways, patience or Patience(), journal, by, clock)
    finally:
        take_back(RUN, LABEL, by=by, now=clock())
    if not came and not running(reading.state(), clock()):
        return 0
    _note(ways, came, now)
    return len(ways) - len(came)


def _wait(trace: CanaryTrace) -> timedelta:
    return AGAIN if trace.lost_at else EVERY


def _round(ways: list[str], patience: Patience, journal: Path, by: Doer, clock: Callable[[], datetime]) -> Came:
    """Those that were found again, with entry and digest."""
    began, nonce = clock(), secrets.token_hex(6)
    sender = prepare(RUN, ways, ADDRESS, LABEL, by=by, clock=clock, journal=journal)
    trail = Trail(sender.home, names_of(LABEL))
    patience.pause(PLAN_READ)
    canaries = {way: Canary(way, f"{nonce}-{way}.") for way in ways}
    sealed = follow(sender, trail, canaries, patience, clock)
    held = {way: found for way, found in sealed.items() if how_sealed(canaries[way], found)[0]}
    if not held:
        return {}
    reach = _reach(held, patience)
    found = tracing.searched(names_of(LABEL), began, by=by, now=clock())
    return {
        way: (each.index, each.digest)
        for way, each in held.items()
        if how_found(each.index, each.digest, reach, found.get(each.index))[0]
    }


def _reach(held: Mapping[str, Sealed], patience: Patience) -> int:
    """How far the index goes, once it holds all of them or the time is up."""
    last, reach = max(each.index for each in held.values()), 0
    for _look in range(INDEXED_LOOKS):
        reach = tracing.indexed()
        if reach > last:
            break
        patience.pause(BETWEEN)
    return reach


@transaction.atomic
def _note(ways: list[str], came: Came, now: datetime) -> None:
    rows = {row.way: row for row in CanaryTrace.objects.all()}
    for way in ways:
        row = rows.get(way) or CanaryTrace(way=way)
        row.sent_at = now
        if way in came:
            row.came_at, row.lost_at = now, None
            row.entry, row.digest = came[way]
        else:
            row.lost_at = row.lost_at or now
        row.save()


def lies_there(row: CanaryTrace) -> bool:
    """Whether the entry that a trace names holds the canary's bytes, taken in when the trace says."""
    if row.entry is None or row.came_at is None:
        return False
    try:
        found = tracing.record_at(row.entry)
        return tracing.digest(found) == row.digest and abs(found.received_at - row.came_at) <= UNDER_WAY
    except (Fault, OSError, IndexError):
        return False
