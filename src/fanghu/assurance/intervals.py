"""Verdict intervals kept in the database: opened, confirmed and closed in a fixed number of statements."""

# ruff: noqa: S608 - statements are built from our own table and column names, values are bound

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from fanghu.assurance.judging import Judged
from fanghu.assurance.models import JudgingRun, VerdictInterval

TABLE = VerdictInterval._meta.db_table
WRITER_LOCK = 0x46414E47
COLUMNS = (
    "subject", "duty", "edition", "verdict", "code", "params", "because_zh", "because_en", "first_params",
    "first_because_zh", "first_because_en", "source", "read_at", "proof", "reading_hash", "limits_hash", "first_facts",
    "last_facts", "facts_hash", "stable", "words", "from_at", "confirmed_at", "fresh_until", "until", "run_id",
)  # fmt: skip


@dataclass(slots=True)
class Written:
    """What a pass did to history: the cells it stands for, and what changed (subject, duty, before, after)."""

    cells: list[Judged] = field(default_factory=list)
    changes: list[tuple[str, str, str, str]] = field(default_factory=list)
    first: int = 0


@dataclass(frozen=True, slots=True)
class Open:
    """An open interval as the decision to split needs it."""

    id: int
    verdict: str
    stable: str
    words: str
    facts_hash: str
    from_at: datetime
    confirmed_at: datetime
    fresh_until: datetime


def splits(old: Open, new: Judged, now: datetime) -> bool:
    """Whether a new interval begins: something stable changed, or nobody confirmed the old one in time."""
    return old.stable != new.stable or old.fresh_until < now


def measured_subjects() -> set[str]:
    """The subjects of which some open interval rests on facts."""
    return set(VerdictInterval.objects.filter(until=None).exclude(source="").values_list("subject", flat=True))


def stable_now(subjects: Iterable[str] | None) -> dict[tuple[str, str], str]:
    """The stable hash of each open interval by (duty, subject)."""
    rows = VerdictInterval.objects.filter(until=None)
    if subjects is not None:
        rows = rows.filter(subject__in=list(subjects))
    return {(duty, subject): stable for duty, subject, stable in rows.values_list("duty", "subject", "stable")}


def hold_writer() -> None:
    """Make judging passes write one after the other; SQLite's immediate transactions already do."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [WRITER_LOCK])


def write(run: JudgingRun, judged: Sequence[Judged], subjects: Iterable[str] | None, now: datetime) -> Written:
    """Bring the intervals up to ``judged``; ``subjects`` limits the pass (None: every subject there is).

    Must run inside a transaction, after ``hold_writer``. A cell confirmed later than ``now`` is left as it is: late
    judging rewrites nothing.
    """
    rows = VerdictInterval.objects.filter(until=None)
    if subjects is not None:
        rows = rows.filter(subject__in=list(subjects))
    names = ("id", "verdict", "stable", "words", "facts_hash", "from_at", "confirmed_at", "fresh_until")
    standing = {(duty, subject): Open(*rest) for duty, subject, *rest in rows.values_list("duty", "subject", *names)}
    done = Written()
    opened: list[Judged] = []
    touched: list[tuple[Judged, int]] = []
    closed: list[int] = []
    latest: dict[str, datetime] = {}
    for cell in judged:
        latest[cell.duty] = max(latest.get(cell.duty, cell.fresh_until), cell.fresh_until)
    for cell in judged:
        old = standing.pop((cell.duty, cell.subject), None)
        if old is not None and old.confirmed_at > now:
            continue
        done.cells.append(cell)
        if old is None:
            opened.append(cell)
            done.first += 1
            continue
        if old.verdict != cell.verdict:
            done.changes.append((cell.subject, cell.duty, old.verdict, cell.verdict))
        if splits(old, cell, now):
            closed.append(old.id)
            opened.append(cell)
            continue
        told = (old.words, old.facts_hash) != (cell.words, cell.facts_hash)
        if told or cell.source or cell.fresh_until != latest[cell.duty]:
            touched.append((cell, old.id))
    for (duty, subject), old in standing.items():
        if old.confirmed_at <= now:
            closed.append(old.id)
            done.changes.append((subject, duty, old.verdict, "gone"))
    _close(closed, now)
    _confirm(rows, latest, now)
    _touch(touched)
    _open(run, opened, now)
    return done


def _many(sql: str, values: list[tuple[Any, ...]]) -> None:
    if values:
        with connection.cursor() as cursor:
            cursor.executemany(sql, values)


def _close(ids: Sequence[int], now: datetime) -> None:
    at = connection.ops.adapt_datetimefield_value(now)
    _many(f"UPDATE {TABLE} SET until = %s WHERE id = %s", [(at, row) for row in ids])


def _confirm(rows: QuerySet[VerdictInterval], latest: dict[str, datetime], now: datetime) -> None:
    """One UPDATE for each usual end of freshness; cells that end sooner are written one by one afterwards."""
    groups: dict[datetime, list[str]] = {}
    for duty, fresh_until in latest.items():
        groups.setdefault(fresh_until, []).append(duty)
    for fresh_until, duties in groups.items():
        rows.filter(duty__in=duties, confirmed_at__lte=now).update(confirmed_at=now, fresh_until=fresh_until)


def _touch(touched: list[tuple[Judged, int]]) -> None:
    """Cells whose facts, words or end of freshness are their own."""
    time = _time()
    _many(
        f"UPDATE {TABLE} SET params = %s, because_zh = %s, because_en = %s, words = %s, source = %s, read_at = %s, "
        "last_facts = %s, facts_hash = %s, fresh_until = %s WHERE id = %s",
        [
            (cell.params, cell.zh, cell.en, cell.words, cell.source, time(cell.read_at), cell.facts, cell.facts_hash,
             time(cell.fresh_until), row)
            for cell, row in touched
        ],
    )  # fmt: skip


def _open(run: JudgingRun, opened: list[Judged], now: datetime) -> None:
    time = _time()
    at, run_id = time(now), VerdictInterval._meta.get_field("run").get_db_prep_save(run.pk, connection)
    _many(
        f"INSERT INTO {TABLE} ({', '.join(COLUMNS)}) VALUES ({', '.join(['%s'] * len(COLUMNS))})",
        [
            (c.subject, c.duty, c.edition, c.verdict, c.code, c.params, c.zh, c.en, c.params, c.zh, c.en, c.source,
             time(c.read_at), json.dumps(c.proof), c.reading_hash, c.limits_hash, c.facts, c.facts, c.facts_hash,
             c.stable, c.words, at, at, time(c.fresh_until), None, run_id)
            for c in opened
        ],
    )  # fmt: skip


def _time() -> Callable[[datetime | None], Any]:
    """Times as the database takes them, each adapted once."""
    known: dict[datetime | None, Any] = {None: None}

    def adapt(value: datetime | None) -> Any:
        if value not in known:
            known[value] = connection.ops.adapt_datetimefield_value(value)
        return known[value]

    return adapt
