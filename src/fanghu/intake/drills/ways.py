"""The drill of the ways in (4.2): a canary record by each open way, followed to a sealed, proved record that a search finds."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path

from django.utils import timezone

from fanghu.auditlog.sources import systems_sending
from fanghu.events.doer import Doer
from fanghu.intake import reading
from fanghu.intake.canaries import tracing
from fanghu.intake.canaries.following import PLAN_READ, Patience, follow, how_found, how_sealed
from fanghu.intake.canaries.preparing import names_of, prepare, take_back, ways_now
from fanghu.intake.canaries.sending import JOURNAL, Canary
from fanghu.intake.canaries.tracing import Sealed, Trail
from fanghu.intake.canaries.ways import WAYS
from fanghu.intake.failures import running
from fanghu.testimony import Drill, DrillResult, DrillRun, Subject, _
from fanghu.tlog.damage import LogDamaged

SYSTEM_ONE = Subject.system("fanghu")
LABEL = "drill"
LOOK_AFTER, LOOK_AGAIN, FOUND_WITHIN = timedelta(seconds=25), timedelta(seconds=10), timedelta(seconds=120)
"""The keeper brings the search index up every twenty seconds."""


def log_ways(run: DrillRun, *, patience: Patience | None = None, journal: Path = JOURNAL) -> DrillResult | None:
    """Send and see sealed; later, once the index was brought up, search."""
    try:
        return _searched(run) if "sealed" in run.memory else _sent(run, patience or Patience(), journal)
    except LogDamaged as why:
        run.step(_("read the log"), expected="whole", seen="damaged: {why}", ok=False, why=str(why)[:200])
        return "failed"


def doer(run: str) -> Doer:
    """Who prepares, searches and cleans up."""
    return Doer("drill", place="machine", run=run)


def _sent(run: DrillRun, patience: Patience, journal: Path) -> DrillResult | None:
    ways = ways_now()
    sender = prepare(run.run_id, ways, run.source, LABEL, by=doer(run.run_id), clock=run.clock, journal=journal)
    trail = Trail(sender.home, names_of(LABEL))
    if running(reading.state(), run.clock()):
        patience.pause(PLAN_READ)  # or its first try is a stranger's, and noted as one
    canaries = {way: Canary(way, f"{run.run_id[:12]}-{way}.") for way in ways}
    sealed = follow(sender, trail, canaries, patience, run.clock)
    held = [way for way in ways if _told_sealed(run, canaries[way], sealed.get(way), patience.seconds)]
    if not held:
        there = running(reading.state(), run.clock()) or any(canary.is_answered for canary in canaries.values())
        return _told_reached(run, 0, len(ways)) if there else "not_reached"
    run.memory["began_at"] = run.clock().isoformat()
    run.memory["ways"] = str(len(ways))
    run.memory["sealed"] = json.dumps({way: (sealed[way].index, sealed[way].digest) for way in held})
    run.resume_at = run.clock() + LOOK_AFTER
    return None


def _told_sealed(run: DrillRun, canary: Canary, sealed: Sealed | None, seconds: float) -> bool:
    ok, seen, params = how_sealed(canary, sealed)
    expected = "sealed, unaltered and proved within {limit} s"
    return run.step(WAYS[canary.way].sealed, expected=expected, seen=seen, ok=ok, limit=int(seconds), **params)


def _searched(run: DrillRun) -> DrillResult | None:
    began = datetime.fromisoformat(run.memory["began_at"])
    sealed: dict[str, tuple[int, str]] = json.loads(run.memory["sealed"])
    reach, late = tracing.indexed(), run.clock() >= began + FOUND_WITHIN
    if max(index for index, _digest in sealed.values()) >= reach and not late:
        run.resume_at = run.clock() + LOOK_AGAIN
        return None
    found = tracing.searched(names_of(LABEL), began, by=doer(run.run_id), now=run.clock())
    held = [_told_found(run, way, at, digest, reach, found.get(at)) for way, (at, digest) in sealed.items()]
    return _told_reached(run, held.count(True), int(run.memory["ways"]))


def _told_reached(run: DrillRun, reached: int, ways: int) -> DrillResult:
    held = run.step(
        _("the ways by which logs come in, traced from end to end"), expected="{open} of {open}",
        seen="{reached} of {open}", ok=reached == ways, open=ways, reached=reached,
    )  # fmt: skip
    return "passed" if held else "failed"


def _told_found(
    run: DrillRun, way: str, index: int, digest: str, reach: int, found: tuple[str, bool] | None
) -> bool:  # fmt: skip
    ok, seen = how_found(index, digest, reach, found)
    limit = int(FOUND_WITHIN.total_seconds())
    return run.step(
        WAYS[way].found, expected="in the index within {limit} s, found by a search, unaltered and proved", seen=seen,
        ok=ok, limit=limit, entry=index,
    )  # fmt: skip


def clean_up(run_id: str) -> Iterable[str]:
    """Remove the canary sources and files; what is left."""
    return take_back(run_id, LABEL, by=doer(run_id), now=timezone.now())


DRILLS = [
    Drill(
        name="log-ways",
        duty="4.2",
        subject=SYSTEM_ONE,
        sets_out_to=_(
            "A canary record by each way that is open to sources of logs (HTTPS, client certificate, OTLP, syslog over "
            "TLS, TCP and UDP, a followed file, journald) is sealed within thirty seconds, and within two more minutes "
            "found by a search, unaltered and proved. Where no source is declared, ways are opened on this machine."
        ),
        every=timedelta(days=1),
        attack=log_ways,
        clean_up=clean_up,
        also=systems_sending,
    )
]
