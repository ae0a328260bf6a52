"""A new signing key for a log, as a deed of an administrator of the machine."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime

from django.db import transaction

from fanghu.auditlog.actions import places
from fanghu.events.actions import record
from fanghu.events.doer import Doer
from fanghu.faults import Exit, Fault
from fanghu.keys.locations import LogPlaces
from fanghu.keys.log_rotation import Rotated, rotate
from fanghu.tlog.damage import LogBusy

TRIES = 100
"""Tenths of a second to wait for whoever writes to the log just now."""


def change_key(
    name: str, *, by: Doer, now: datetime, pause: Callable[[float], object] = time.sleep
) -> tuple[Rotated, LogPlaces]:
    """Give the log ``name`` ("" is our own) a new key, or finish a change cut short; what was done, and where the log is.

    Raises Fault FH-LOG-53 when there is no such log; LogBusy when it is written to all the while.
    """
    home = places().home
    log = next((log for log in LogPlaces.all(home) if log.name == name), None)
    if log is None:
        known = ", ".join(log.name for log in LogPlaces.all(home) if log.name) or "—"
        raise Fault(
            "FH-LOG-53",
            f"There is no log of that name; besides our own there are: {known}.",
            f"沒有這個名稱的紀錄；除本系統紀錄外另有：{known}。",
            exit_code=Exit.USAGE,
        )
    for left in range(TRIES, 0, -1):
        try:
            done = rotate(log, now)
            break
        except LogBusy:
            if left == 1:
                raise
            pause(0.1)
    with transaction.atomic():
        record("log.key_rotated", by=by, now=now, object_=f"log:{name or 'fanghu'}",
               detail={"old": str(done.old), "new": str(done.new), "finished": done.finished})  # fmt: skip
    return done, log
