"""How often somebody searched the log: what stands behind a periodic review."""

from __future__ import annotations

from datetime import datetime

from fanghu.auditlog.reading import events
from fanghu.events.doer import Doer


def searches_by(by: Doer, since: datetime, until: datetime) -> int:
    """Searches of this account that the log holds from ``since`` on, before ``until``."""
    return sum(
        event.actor == by.name and event.time < until for _index, event in events("log.searched", since=since)
    )  # fmt: skip
