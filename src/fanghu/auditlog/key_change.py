"""A new signing key for a log, or a new log after one whose key is lost: deeds of an administrator of the machine."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

from django.db import transaction

from fanghu.auditlog.actions import places
from fanghu.auditlog.models import RelayState
from fanghu.events.actions import record
from fanghu.events.doer import Doer
from fanghu.faults import Exit, Fault
from fanghu.keys.locations import LogPlaces
from fanghu.keys.log_renewal import Renewed, begin_anew
from fanghu.keys.log_rotation import Rotated, rotate
from fanghu.tlog.damage import LogBusy
from fanghu.tlog.reader import LogReader

Done = TypeVar("Done")

TRIES = 100
"""Tenths of a second to wait for whoever writes to the log just now."""


def change_key(
    name: str, *, by: Doer, now: datetime, pause: Callable[[float], object] = time.sleep
) -> tuple[Rotated, LogPlaces]:
    """Give the log ``name`` ("" is our own) a new key, or finish a change cut short; what was done, and where the log is.

    Raises Fault FH-LOG-53 when there is no such log; LogBusy when it is written to all the while.
    """
    log = _named(name)
    done = _patiently(log, lambda: rotate(log, now), pause)
    with transaction.atomic():
        record("log.key_rotated", by=by, now=now, object_=_object(log),
               detail={"old": str(done.old), "new": str(done.new), "finished": done.finished})  # fmt: skip
    return done, log


def begin_log_anew(name: str, *, by: Doer, now: datetime, pause: Callable[[float], object] = time.sleep) -> Renewed:
    """Close the log ``name``, whose signing key is lost, and begin a new one that commits to it.

    Faults as of `change_key` and `begin_anew`. Of our own log the database takes the new one for what it knows.
    """
    log = _named(name)
    done = _patiently(log, lambda: begin_anew(log, now), pause)
    with transaction.atomic():
        if not log.name:
            begun = LogReader(log.folder).root(1)
            RelayState.objects.update_or_create(pk=1, defaults={"known_size": 1, "sealed_size": 1, "root": begun.hex()})
        record("log.begun_anew", by=by, now=now, object_=_object(log),
               detail={"closed": done.closed.name, "size": done.old.size, "root": done.old.root.hex()})  # fmt: skip
    return done


def _named(name: str) -> LogPlaces:
    logs = LogPlaces.all(places().home)
    log = next((log for log in logs if log.name == name), None)
    if log is None:
        known = ", ".join(log.name for log in logs if log.name) or "—"
        raise Fault(
            "FH-LOG-53",
            f"There is no log of that name; besides our own there are: {known}.",
            f"沒有這個名稱的日誌；除本系統日誌外另有：{known}。",
            exit_code=Exit.USAGE,
        )
    return log


def _patiently(log: LogPlaces, deed: Callable[[], Done], pause: Callable[[float], object]) -> Done:
    """A deed that the log's lock may keep waiting."""
    log.ask_for()
    for _ in range(TRIES):
        try:
            return deed()
        except LogBusy:
            pause(0.1)
    return deed()


def _object(log: LogPlaces) -> str:
    return f"log:{log.name or 'fanghu'}"
