"""Less disk for what is sealed: full segments of every log packed anew, a few at a time."""

from __future__ import annotations

from datetime import datetime

from fanghu.auditlog.actions import places
from fanghu.keys.locations import LogPlaces
from fanghu.tlog.tightening import tighten

AT_ONCE = 8
"""Segments of one log in one round: some six seconds of one core."""


def pack_some(_now: datetime) -> int:
    """Pack full segments anew that are not yet; how many were. Nobody need hold the log for it, nor is kept from it."""
    done = 0
    for log in LogPlaces.all(places().home):
        if (log.folder / "checkpoint").exists():
            log.lock.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            done += tighten(log.folder, log.lock.with_name(f"{log.lock.name}.tight"), limit=AT_ONCE)
    return done
