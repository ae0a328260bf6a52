"""Verifying history as a whole, beside a server that goes on judging, drilling and deciding."""

from __future__ import annotations

from fanghu.assurance import deeds, verifying
from fanghu.assurance.deeds import LoggedDeed
from fanghu.assurance.moment import Step, events_of, one_moment, sealed_size, this_moment
from fanghu.assurance.verifying import LoggedRoot, Verified
from fanghu.events.schema import AuditEvent
from fanghu.faults import Fault


def verify_history(step: Step = str) -> Verified:
    """Recompute history in one moment of the database and hold it against the log of that moment.

    ``step`` is told each step that was done (a test lets others work in between).
    """
    size = sealed_size()
    step("log measured")
    with one_moment():
        moment = this_moment(size)
        step("moment taken")
        done = verifying.recompute()
        step("passes read")
        rows = deeds.kept()
    step("rows read")
    try:
        log = None if size is None else list(events_of(moment))
    except (Fault, OSError):
        log = None
    verifying.hold_passes(None if log is None else _roots(log), done)
    if log is not None:
        deeds.hold_against(_deeds(log), rows, done)
    return done


def _roots(log: list[AuditEvent]) -> list[LoggedRoot]:
    return [
        LoggedRoot(
            event.object.removeprefix("judging:"), str(event.detail.get("root")), str(event.detail.get("started"))
        )
        for event in log
        if event.type == "judging.finished"
    ]


def _deeds(log: list[AuditEvent]) -> list[LoggedDeed]:
    return [
        LoggedDeed(event.type, event.time, event.object, event.detail) for event in log if event.type in deeds.TYPES
    ]
