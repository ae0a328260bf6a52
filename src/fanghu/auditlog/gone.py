"""What is gone from the logs: let go by decision, with its record, or missing with none (4.1)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.conf import settings

from fanghu.auditlog.models import RelayState
from fanghu.auditlog.vault import SealedLog
from fanghu.faults import Fault
from fanghu.keys import log_keys
from fanghu.keys.locations import LogPlaces
from fanghu.tlog import pruning
from fanghu.tlog.damage import LogDamaged
from fanghu.tlog.frames import SEGMENT, segment_name
from fanghu.tlog.tiles import WIDTH


@dataclass(frozen=True, slots=True)
class LetGo:
    """What a log's signed record says: entries before ``first`` went; the newest of them was kept for ``days`` days."""

    first: int = 0
    days: float | None = None


NOTHING = LetGo()


def all_places() -> list[LogPlaces]:
    """Every log here; this system's own is first and always among them."""
    own = LogPlaces(Path(settings.HOME))
    return [own, *(places for places in LogPlaces.all(own.home) if places.name)]


def let_go(places: LogPlaces) -> LetGo:
    """What was let go of a log lawfully: by a sealed record that the log's pinned key signed. A record that does not
    say how old the newest was counts as zero days.
    """
    said = pruning.standing(places.folder)
    if said == pruning.WHOLE:
        return NOTHING
    try:
        entry = SealedLog(places.folder).reader.entry(said.record)
        found = pruning.recorded(entry.data, said, [log_keys.pinned(places.public_key, log=places.folder)])
    except (Fault, OSError, IndexError):
        return NOTHING
    if found is None:
        return NOTHING
    try:
        newest = datetime.fromisoformat(str(entry.envelope.detail.get("newest")))
        at = datetime.fromisoformat(entry.envelope.received_at)
        return LetGo(found.first, (at - newest).total_seconds() / 86_400)
    except (ValueError, TypeError):
        return LetGo(found.first, 0.0)


def shortest_kept_days() -> float | None:
    """How long the youngest record that was ever let go had been kept; None where none was."""
    days = [found.days for places in all_places() if (found := let_go(places)).days is not None]
    return min((each for each in days if each is not None), default=None)


def missing() -> int:
    """Records that were sealed and that no log's folder holds any more, though nobody lawfully let them go.

    Whole files that are gone are seen here; what was altered inside one is verification's to find (4.11).
    """
    known = RelayState.objects.filter(pk=1).values_list("sealed_size", flat=True).first() or 0
    return sum(_missing(places, 0 if places.name else known) for places in all_places())


def _missing(places: LogPlaces, known: int) -> int:
    try:
        log = SealedLog(places.folder)
        size = log.size
    except (Fault, OSError):
        return known
    gone, begins = max(0, known - size), let_go(places).first
    frames = places.folder / "frames"
    for first in range(begins, size, SEGMENT):
        if not (frames / segment_name(first)).exists() and not _held(log, first):
            gone += min(SEGMENT, size - first)
    if size > begins and not gone and not _held(log, size - 1):
        gone = (size - 1) % WIDTH + 1
    return gone


def _held(log: SealedLog, at: int) -> bool:
    try:
        log.reader.entry(at)
    except (LogDamaged, Fault, OSError):
        return False
    return True
