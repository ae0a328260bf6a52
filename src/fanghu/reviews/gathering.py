"""Reading each log on for administrators' deeds, and whether what is kept of them still fits the log."""

from __future__ import annotations

import hmac
from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import transaction
from django.db.models import Q, Sum

from fanghu.auditlog.privileged import ROLE, Deeds, Stretch, summed
from fanghu.auditlog.privileged import Sum as Sums
from fanghu.auditlog.vault import SealedLog
from fanghu.keys.locations import LogPlaces
from fanghu.reviews.models import DeedGroup, LogReading, SourceDay
from fanghu.reviews.rules import text_hash

AT_ONCE = 50_000
"""Entries read in one pass of the keeper."""

OWN = "fanghu"
EPOCH = date(1970, 1, 1)
FRESHENED = timedelta(minutes=10)
GRAIN = ("actor", "type", "kind", "hour", "place")


def gather(now: datetime, *, limit: int = AT_ONCE) -> int:
    """Read every log on; return how many entries are still to read."""
    return sum(_read_on(places, now, limit) for places in LogPlaces.all(Path(settings.HOME)) if _lies(places))


def unread() -> int:
    """How many sealed entries are not read yet, over all logs."""
    read = dict(LogReading.objects.values_list("log", "position"))
    logs = [places for places in LogPlaces.all(Path(settings.HOME)) if _lies(places)]
    return sum(max(0, SealedLog(places.folder).size - read.get(name_of(places), 0)) for places in logs)


def logs_now() -> list[list[Any]]:
    """Name, size and root of every log as it lies now."""
    logs = [places for places in LogPlaces.all(Path(settings.HOME)) if _lies(places)]
    return [
        [name_of(places), log.size, log.root.hex()] for places in logs for log in [SealedLog(places.folder).checkpoint]
    ]


def name_of(places: LogPlaces) -> str:
    """What a log is called here."""
    return places.name or OWN


def misfits() -> int:
    """How many rows of what is kept do not carry their mark or do not add up: made or altered by other hands."""
    totals: dict[str, int] = defaultdict(int)
    wrong = 0
    for row in SourceDay.objects.all():
        totals[row.log] += row.records
        wrong += not hmac.compare_digest(row.mark, _day_mark(row))
    readings = {row.log: row for row in LogReading.objects.all()}
    wrong += sum(1 for log in totals if log not in readings)
    for reading in readings.values():
        wrong += not hmac.compare_digest(reading.mark, _reading_mark(reading)) or reading.records != totals[reading.log]
    return wrong


def altered_groups(days: Iterable[tuple[str, date]]) -> int:
    """How many of these days (source, day) hold groups that are not the ones that were read from the log."""
    wanted = set(days)
    if not wanted:
        return 0
    held: dict[tuple[str, str, date], list[DeedGroup]] = defaultdict(list)
    sources, dates = {source for source, _day in wanted}, {day for _source, day in wanted}
    for group in DeedGroup.objects.filter(source__in=sources, day__in=dates):
        held[group.log, group.source, group.day].append(group)
    rows = SourceDay.objects.filter(source__in=sources, day__in=dates)
    digests = {(row.log, row.source, row.day): row.digest for row in rows}
    return sum(
        digest_of(held.get(key, [])) != digests.get(key)
        for key in {*held, *digests} if (key[1], key[2]) in wanted
    )  # fmt: skip


def digest_of(groups: Iterable[DeedGroup]) -> str:
    """SHA-256 (hex) over a source's day: anybody can make it again from the log."""
    return text_hash(
        sorted(
            [
                group.actor, group.type, group.kind, group.hour, group.place, group.records, group.times,
                _ms(group.first_at), _ms(group.last_at), group.first_index, group.last_index,
            ]
            for group in groups
        )
    )  # fmt: skip


def _lies(places: LogPlaces) -> bool:
    return (places.folder / "checkpoint").exists()


def _read_on(places: LogPlaces, now: datetime, limit: int) -> int:
    """Read one log on; the log is read before the transaction, so that nobody waits for it."""
    name, log = name_of(places), SealedLog(places.folder)
    checkpoint = log.checkpoint
    seen = LogReading.objects.filter(log=name).first() or LogReading(log=name)
    if (seen.position, seen.root) == (checkpoint.size, checkpoint.root.hex()):
        if seen.read_at is None or now - seen.read_at >= FRESHENED:
            LogReading.objects.filter(pk=seen.pk).update(read_at=now)
        return 0
    fits = _fits(seen) and log.extends(seen.position, seen.root)
    start, administrators = (seen.position, seen.administrators) if fits else (0, {})
    stop = min(checkpoint.size, start + limit)
    found = summed(log.records(max(start, log.reader.first), stop), administrators, _also())
    with transaction.atomic():
        reading, _new = LogReading.objects.select_for_update().get_or_create(log=name)
        if reading.mark != seen.mark:
            return checkpoint.size - reading.position  # another process has read on meanwhile
        if not fits:
            _forget(reading)
        _keep(name, found)
        reading.position, reading.root = stop, log.reader.root(stop).hex()
        reading.administrators = found.administrators
        reading.begun = {**found.begun, **reading.begun}
        reading.records += sum(each.records for each in found.sums.values())
        reading.mark = _reading_mark(reading)
        if stop == checkpoint.size:
            reading.read_at = now
        reading.save()
    return checkpoint.size - stop


def _fits(reading: LogReading) -> bool:
    """Whether what is kept of a log is what was read from it."""
    rows = SourceDay.objects.filter(log=reading.log)
    return (
        hmac.compare_digest(reading.mark, _reading_mark(reading))
        and (rows.aggregate(all=Sum("records"))["all"] or 0) == reading.records
        and all(hmac.compare_digest(row.mark, _day_mark(row)) for row in rows)
    )


def _forget(reading: LogReading) -> None:
    DeedGroup.objects.filter(log=reading.log).delete()
    SourceDay.objects.filter(log=reading.log).delete()
    reading.records, reading.begun, reading.read_at = 0, {}, None


def _also() -> frozenset[str]:
    """Administrators of this database: what a restore or a first start brought has no event of its own."""
    accounts = get_user_model().objects.filter(canary_run="")
    held = accounts.filter(Q(kind="admin") | Q(roles__role=ROLE)).values_list("pk", flat=True)
    return frozenset(f"account:{pk}" for pk in held.distinct())


def _keep(log: str, found: Stretch) -> None:
    """Add the sums of a stretch to what is kept, and make each touched day's digest again."""
    if not found.sums:
        return
    touched = {(deeds.source, EPOCH + timedelta(days=deeds.day)) for deeds in found.sums}
    rows = DeedGroup.objects.filter(
        log=log, source__in={source for source, _day in touched}, day__in={day for _source, day in touched}
    )
    held: dict[tuple[Any, ...], DeedGroup] = {_key(row): row for row in rows if (row.source, row.day) in touched}
    fresh, grown = [], []
    for deeds, sums in found.sums.items():
        row = held.get(_key_of(deeds))
        if row is None:
            row = held[_key_of(deeds)] = _row(log, deeds)
            fresh.append(row)
        else:
            grown.append(row)
            whole = Sums(
                row.records, row.times, _ms(row.first_at), _ms(row.last_at), row.first_index, row.last_index
            )  # fmt: skip
            whole.add(sums)
            sums = whole
        _set(row, sums)
    DeedGroup.objects.bulk_create(fresh, batch_size=500)
    DeedGroup.objects.bulk_update(
        grown, ["records", "times", "first_at", "last_at", "first_index", "last_index"], batch_size=200
    )
    by_day: dict[tuple[str, date], list[DeedGroup]] = defaultdict(list)
    for row in held.values():
        by_day[row.source, row.day].append(row)
    known = {
        (row.source, row.day): row.came_at
        for row in SourceDay.objects.filter(log=log, source__in={source for source, _day in touched})
    }
    for (source, day), groups in by_day.items():
        came = _at(found.came[source, (day - EPOCH).days])
        row_of_day = SourceDay(
            log=log, source=source, day=day, records=sum(group.records for group in groups),
            came_at=max(came, known.get((source, day), came)), digest=digest_of(groups),
        )  # fmt: skip
        values = {"records": row_of_day.records, "came_at": row_of_day.came_at, "digest": row_of_day.digest}
        SourceDay.objects.update_or_create(
            log=log, source=source, day=day, defaults={**values, "mark": _day_mark(row_of_day)}
        )


def _key(row: DeedGroup) -> tuple[Any, ...]:
    return (row.source, row.day, *(getattr(row, name) for name in GRAIN))


def _key_of(deeds: Deeds) -> tuple[Any, ...]:
    return (deeds.source, EPOCH + timedelta(days=deeds.day), *(getattr(deeds, name) for name in GRAIN))


def _row(log: str, deeds: Deeds) -> DeedGroup:
    grain = {name: getattr(deeds, name) for name in GRAIN}
    return DeedGroup(log=log, source=deeds.source, day=EPOCH + timedelta(days=deeds.day), **grain)


def _set(row: DeedGroup, sums: Sums) -> None:
    row.records, row.times = sums.records, sums.times
    row.first_at, row.last_at = _at(sums.first_ms), _at(sums.last_ms)
    row.first_index, row.last_index = sums.first_index, sums.last_index


def _at(ms: int) -> datetime:
    return datetime.fromtimestamp(ms / 1000, UTC)


def _ms(at: datetime) -> int:
    return round(at.timestamp() * 1000)


def _day_mark(row: SourceDay) -> str:
    return _mark(["day", row.log, row.source, row.day.isoformat(), row.records, _ms(row.came_at), row.digest])


def _reading_mark(row: LogReading) -> str:
    begun, administrators = sorted(row.begun.items()), sorted(row.administrators.items())
    return _mark(["reading", row.log, row.position, row.root, row.records, begun, administrators])


def _mark(values: list[Any]) -> str:
    """16 bytes (hex) keyed by a secret that lies outside the database."""
    secret: bytes = settings.CUSTODY.secret("hmac-rows")
    return hmac.digest(secret, text_hash(values).encode(), "sha256")[:16].hex()
