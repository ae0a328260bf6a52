"""What an entry says: its envelope, or for a line that was taken in what is read from the line; no Django.

The line is the evidence. What is read from it is read again whenever it is asked for, by the parser of the format that its
source had then: a parser that reads better finds more in old lines, and nothing that it says is ever signed.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache
from hashlib import sha256
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from fanghu.auditlog import years
from fanghu.auditlog.parsers.formats import read
from fanghu.auditlog.parsers.reading import UNREAD, Reading, Stamp
from fanghu.auditlog.visible import visible
from fanghu.tlog.entry import FAILURE, SUCCESS, UNKNOWN, Entry, Envelope, Place, Small

OCSF = {"signin": (3002, 1), "session": (3002, 2), "account": (3001, 0)}
AHEAD = timedelta(days=1)
"""By so much a source's clock may run ahead of ours: what it says happened later happened, for us, when it came in."""
AHEAD_MS = AHEAD // timedelta(milliseconds=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def envelope_of(entry: Entry) -> Envelope:
    """What is known of one event. BadEntry when the entry's head cannot be read."""
    line = entry.line
    if line is None:
        return _shown(entry.envelope)
    received = moment_of_microseconds(line.received)
    reading = read(line.format, entry.raw)
    try:
        at, assumed = moment_of(reading.stamp, zone_of(line.zone), received)
    except (ValueError, OverflowError):
        reading, at, assumed = UNREAD, None, []
    id_ = batch_name(line.source, line.ref) + line.place.to_bytes(4, "big")
    return envelope_of_line(id_, reading, at, assumed, line.source, line.ref, received)


def envelope_of_line(
    id_: bytes, reading: Reading, at: datetime | None, assumed: list[str], source: str, ref: str, now: datetime
) -> Envelope:
    """What was read of a line, as an envelope says it."""
    class_uid, activity = OCSF.get(reading.type.split(".")[0], (0, 0))
    detail = _details({key: value for key, value in reading.detail.items() if key != "port"})
    if reading.times > 1:
        detail["n"] = reading.times
    where = visible(reading.place)[:255]
    address = address_of(where)  # which may name any zone (RFC 4007, 11)
    if where and not address:
        detail["from"] = where
    port = reading.detail.get("port", 0)
    place = Place(
        host=visible(reading.host)[:255],
        ip=address,
        port=port if isinstance(port, int) else 0,
        app=visible(reading.app)[:60],
    )
    status = {"success": SUCCESS, "failure": FAILURE}.get(reading.outcome, UNKNOWN)
    return Envelope(
        id=id_.hex(), kind="import", source=source, received_at=utc_text(now), time=at.isoformat() if at else "",
        type=reading.type, outcome=reading.outcome, actor=visible(reading.actor)[:255], place=place,
        object=visible(reading.object)[:500], detail=detail, assumed=assumed if at else [], ref=ref, class_uid=class_uid,
        activity_id=activity, status_id=status,
    )  # fmt: skip


def _shown(head: Envelope) -> Envelope:
    """The same where nothing of it hides, as is almost always so."""
    place = head.place
    said = (head.actor, head.object, place.host, place.ip, place.app)
    if all(map(str.isprintable, (*said, *head.detail, *map(str, head.detail.values())))):
        return head
    place = msgspec.structs.replace(place, host=visible(place.host), ip=visible(place.ip), app=visible(place.app))
    return msgspec.structs.replace(
        head, actor=visible(head.actor), object=visible(head.object), place=place, detail=_details(head.detail)
    )


def _details(said: Mapping[str, Small]) -> dict[str, Small]:
    return {visible(key): visible(value) if isinstance(value, str) else value for key, value in said.items()}


@lru_cache(1_024)
def batch_name(source: str, ref: str) -> bytes:
    """Twelve bytes that name a batch of a source; its entries' ids add their place. The same batch has the same again."""
    client, _, number = ref.rpartition("/")
    return sha256(f"{source}\n{client}\n{number}".encode()).digest()[:12]


@lru_cache(1_024)
def moment_of_microseconds(since: int) -> datetime:
    """Microseconds since 1970 as a time in UTC."""
    return _EPOCH + timedelta(microseconds=since)


def microseconds_of(at: datetime) -> int:
    """The other way round."""
    return (at - _EPOCH) // timedelta(microseconds=1)


def milliseconds_of(at: datetime) -> int:
    """Whole milliseconds since 1970."""
    return (at - _EPOCH) // timedelta(milliseconds=1)


def believed(said: datetime | None, received: datetime) -> datetime:
    """When something happened, for all that looks for it: as its source says, unless that is nothing or later than can be."""
    if said is None or milliseconds_of(said) - milliseconds_of(received) > AHEAD_MS:
        return received
    return said


@lru_cache
def zone_of(name: str) -> tzinfo:
    """The time zone called ``name``; UTC where there is none such."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return UTC


def moment_of(stamp: Stamp | None, zone: tzinfo, now: datetime) -> tuple[datetime | None, list[str]]:
    """When it happened, and what of that was assumed: a line without year is of the newest that is not to come."""
    if stamp is None:
        return None, []
    if stamp.at is not None:
        if stamp.at.tzinfo is None:
            return stamp.at.replace(tzinfo=zone), ["timezone"]
        return stamp.at, []
    year = (now + AHEAD).astimezone(zone).year
    at = years.moment(stamp, year, zone)
    if at is None or at > now + AHEAD:
        at = years.moment(stamp, year - 1, zone)
    return at, ["timezone", "year"]


@lru_cache(64)
def utc_text(at: datetime) -> str:
    """RFC 3339 in UTC, with microseconds only where there are any."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


@lru_cache(16_384)
def address_of(text: str) -> str:
    """``text`` where it is an IP address, else ""."""
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return ""
    return text
