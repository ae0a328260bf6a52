"""What each whole segment of each log holds, read from the log itself."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from itertools import islice
from pathlib import Path

from django.conf import settings

from fanghu.auditlog.record import LogRecord
from fanghu.auditlog.vault import SealedLog
from fanghu.keys.locations import LogPlaces
from fanghu.retention.models import Part
from fanghu.retention.rules import Stretch
from fanghu.tlog.damage import LogDamaged
from fanghu.tlog.frames import SEGMENT

AT_ONCE = 20
"""Segments that one run of the job reads, so that it never takes long."""


def logs() -> list[LogPlaces]:
    """Every log that lies here, its own first."""
    own = LogPlaces(Path(settings.HOME))
    return [places for places in LogPlaces.all(own.home) if (places.folder / "checkpoint").exists()]


def places_of(log: str) -> LogPlaces:
    """Where the log of this name lies."""
    return LogPlaces(Path(settings.HOME), log)


def stretch(log: SealedLog, first: int) -> Stretch:
    """What a whole segment holds, from every one of its entries."""
    received: list[datetime] = []
    times: list[datetime] = []
    sources: set[str] = set()
    for index, entry in log.reader.entries(first, first + SEGMENT):
        record = LogRecord(index, entry)
        received.append(record.received_at)
        times.append(record.at)
        sources.add(record.source)
    return Stretch(first, max(received), min(times), max(times), frozenset(sources))


def whole_segments(log: SealedLog) -> range:
    """The first entries of the segments that are whole and still there."""
    return range(log.reader.first, log.size - log.size % SEGMENT, SEGMENT)


def survey(_now: datetime) -> int:
    """Read some segments not looked at yet; return how many."""
    return sum(1 for _each in islice(_surveyed(), AT_ONCE))


def _surveyed() -> Iterator[Part]:
    for places in logs():
        log = SealedLog(places.folder)
        try:
            segments = whole_segments(log)
            Part.objects.filter(log=places.name, first__lt=segments.start).delete()
            known = set(Part.objects.filter(log=places.name).values_list("first", flat=True))
            for first in segments:
                if first not in known:
                    found = stretch(log, first)
                    yield Part.objects.get_or_create(
                        log=places.name, first=first,
                        defaults={
                            "newest_received": found.newest_received, "oldest": found.oldest, "newest": found.newest,
                            "sources": sorted(found.sources),
                        },
                    )[0]  # fmt: skip
        except LogDamaged:  # verification says so, loudly; what cannot be read is not let go
            continue


def surveyed(log: str) -> list[Stretch]:
    """What the keeper found of a log, oldest first."""
    return [
        Stretch(part.first, part.newest_received, part.oldest, part.newest, frozenset(part.sources))
        for part in Part.objects.filter(log=log).order_by("first")
    ]
