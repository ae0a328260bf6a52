"""The statements that every attempt runs before any password is tried, as plain SQL: a flood must cost next to nothing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection
from django.utils.dateparse import parse_datetime

CHARGE = """
INSERT INTO signin_sourcecount (source, attempts, began_at) VALUES (%s, 1, %s)
ON CONFLICT (source) DO UPDATE SET
  attempts = CASE WHEN signin_sourcecount.began_at > %s THEN signin_sourcecount.attempts + 1 ELSE 1 END,
  began_at = CASE WHEN signin_sourcecount.began_at > %s THEN signin_sourcecount.began_at ELSE excluded.began_at END
RETURNING attempts, began_at
"""
SPEND = (
    "INSERT INTO signin_spentproof (salt, purpose, id_hash, spent_at) VALUES (%s, %s, %s, %s) ON CONFLICT DO NOTHING"
)
FAILURES = "SELECT failures FROM signin_failurecount WHERE id_hash = %s"
OPEN = """
INSERT INTO signin_failurecount (id_hash, failures, in_flight, tries, tries_before, canary_run)
VALUES (%s, 0, 0, 0, 0, %s) ON CONFLICT DO NOTHING
"""
HELD = """
SELECT failures, last_failed_at, in_flight, in_flight_since FROM signin_failurecount WHERE id_hash = %s
"""
RESERVE = "UPDATE signin_failurecount SET in_flight = %s, in_flight_since = %s WHERE id_hash = %s"
SUCCEEDED = """
UPDATE signin_failurecount SET last_failed_at = NULL, tries_before = tries, tries = 0,
  in_flight = CASE WHEN in_flight > 0 THEN in_flight - 1 ELSE 0 END
WHERE id_hash = %s AND failures = 0
"""
GIVE_BACK = "UPDATE signin_sourcecount SET attempts = attempts - 1 WHERE source = %s AND attempts BETWEEN 1 AND %s"
NEWEST = "SELECT until FROM signin_lock WHERE id_hash = %s ORDER BY until DESC LIMIT 1"
LOCK = """
SELECT until, account_id, canary_run FROM signin_lock
WHERE id_hash = %s AND ended_at IS NULL AND until > %s ORDER BY until DESC LIMIT 1
"""


def charge(source: str, now: datetime, window: timedelta) -> tuple[int, datetime]:
    """Count one attempt of a source, in its present window or a new one; the count with it, and when the window began."""
    since = _stored(now - window)
    row = _one(CHARGE, source, _stored(now), since, since)
    assert row is not None
    return int(row[0]), _moment(row[1])


def give_back(source: str, most: int) -> None:
    """Take one attempt off a source's count, unless it had made more than ``most``."""
    with connection.cursor() as cursor:
        cursor.execute(GIVE_BACK, [source, most])


def open_count(id_hash: str, run: str) -> None:
    """Let there be a count for a login id, known or not."""
    with connection.cursor() as cursor:
        cursor.execute(OPEN, [id_hash, run])


def held(id_hash: str) -> tuple[int, datetime | None, int, datetime | None]:
    """A login id's count, kept from others until the transaction ends: failures, last failure, attempts in flight, since."""
    lock = " FOR UPDATE" if connection.features.has_select_for_update else ""  # SQLite holds the whole base
    row = _one(HELD + lock, id_hash)
    assert row is not None
    return int(row[0]), row[1] and _moment(row[1]), int(row[2]), row[3] and _moment(row[3])


def reserve(id_hash: str, in_flight: int, now: datetime) -> None:
    """One more attempt is under way."""
    with connection.cursor() as cursor:
        cursor.execute(RESERVE, [in_flight, _stored(now), id_hash])


def succeeded(id_hash: str) -> bool:
    """Write a success where no failure was counted (nothing governed changes); False where some were."""
    with connection.cursor() as cursor:
        cursor.execute(SUCCEEDED, [id_hash])
        return bool(cursor.rowcount == 1)


def spend(salt: str, purpose: str, id_hash: str, now: datetime) -> bool:
    """Whether this salt is used for the first time; of two at the same moment only one is."""
    with connection.cursor() as cursor:
        cursor.execute(SPEND, [salt, purpose, id_hash, _stored(now)])
        return bool(cursor.rowcount == 1)


def failures_of(id_hash: str) -> int:
    """Failures counted for a login id, known or not."""
    row = _one(FAILURES, id_hash)
    return int(row[0]) if row else 0


def newest_lock(id_hash: str) -> datetime | None:
    """Until when the newest lock of a login id stands or stood."""
    row = _one(NEWEST, id_hash)
    return _moment(row[0]) if row else None


def lock_of(id_hash: str, now: datetime) -> tuple[datetime, str, str] | None:
    """The standing lock of a login id: until when, whose account ("" for an unknown id), of which drill; None without one."""
    row = _one(LOCK, id_hash, _stored(now))
    if row is None:
        return None
    return _moment(row[0]), str(UUID(str(row[1]))) if row[1] else "", str(row[2])


def _one(statement: str, *values: Any) -> tuple[Any, ...] | None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        found: tuple[Any, ...] | None = cursor.fetchone()
        return found


def _stored(moment: datetime) -> Any:
    return connection.ops.adapt_datetimefield_value(moment)


def _moment(stored: Any) -> datetime:
    """A time as the database gives it: SQLite keeps UTC as text."""
    if isinstance(stored, str):
        stored = parse_datetime(stored)
    return stored if stored.tzinfo else stored.replace(tzinfo=UTC)
