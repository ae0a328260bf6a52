"""Pure decisions about sources: when one is silent, which change silences, which address is this machine's own."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

TAIPEI = ZoneInfo("Asia/Taipei")
WAYS = ("http", "otlp", "syslog", "follow", "journal", "import")
LIVE = frozenset(WAYS) - {"import"}
OVER_HTTP = frozenset({"http", "otlp"})
LONGEST_TOKEN = timedelta(days=365)
LONGEST_SILENCE = timedelta(days=31)
LISTENER = re.compile(r"(?:\[([0-9A-Fa-f:.]+)\]|([0-9.]+)):(\d{1,5})")
HOUR = re.compile(r"([01]\d|2[0-3]):[0-5]\d")


def overdue_at(last: datetime, every: timedelta, hours: tuple[str, str] = ("", "")) -> datetime:
    """When a source that spoke at ``last`` should have spoken again; only time within its hours (Taipei) counts."""
    if not all(hours):
        return last + every
    left, at = every, last
    day = last.astimezone(TAIPEI).date()
    for ahead in range(-1, 70):
        begins, ends = _open(day + timedelta(days=ahead), hours)
        begins = max(begins, at)
        if ends <= begins:
            continue
        if ends - begins >= left:
            return begins + left
        left -= ends - begins
    return last + timedelta(days=70)


def is_silent(last: datetime, every: timedelta, now: datetime, hours: tuple[str, str] = ("", "")) -> bool:
    """Whether nothing has come for longer than expected.

    >>> start = datetime(2026, 11, 20, 9, 59, tzinfo=UTC)
    >>> is_silent(start, timedelta(minutes=10), start + timedelta(minutes=10))
    False
    >>> is_silent(start, timedelta(minutes=10), start + timedelta(minutes=11))
    True
    """
    return now > overdue_at(last, every, hours)


def _open(day: date, hours: tuple[str, str]) -> tuple[datetime, datetime]:
    """The instants between which a day's hours lie; hours that end before they begin run into the next day."""
    begins = datetime.combine(day, time.fromisoformat(hours[0]), TAIPEI)
    ends = datetime.combine(day, time.fromisoformat(hours[1]), TAIPEI)
    return begins, ends if ends > begins else ends + timedelta(days=1)


def silencing(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """The fields whose change lets less in or misses it later: a second person decides on those.

    ``after`` holds only what changes. Lists where "nothing named" means "any" silence when something is first named.
    """
    found = []
    for name, value in after.items():
        was = before[name]
        if name in {"ways", "certificates", "paths", "addresses"}:
            silences = bool(set(was) - set(value))
        elif name == "hosts":
            silences = bool(value) and (not was or bool(set(was) - set(value)))
        elif name == "every_seconds":
            silences = value > was
        elif name in {"hours_from", "hours_until"}:
            silences = bool(value)
        elif name == "most_per_second":
            silences = value != 0 and (was == 0 or value < was)
        elif name == "journal":
            silences = bool(was)
        else:
            silences = name == "system"
        if silences:
            found.append(name)
    return found


def listener(text: str) -> tuple[str, int] | None:
    """Address and port of ``127.0.0.1:6514`` or ``[::1]:6514``; None for anything else."""
    found = LISTENER.fullmatch(text)
    if found is None:
        return None
    try:
        address = ipaddress.ip_address(found[1] or found[2])
    except ValueError:
        return None
    port = int(found[3])
    return (str(address), port) if 0 < port < 65_536 else None


def stays_inside(text: str) -> bool:
    """Whether a listener can only be reached from this machine ("" cannot be reached at all)."""
    found = listener(text)
    return not text or (found is not None and ipaddress.ip_address(found[0]).is_loopback)


def network(text: str) -> str | None:
    """An address or network in canonical form; None when it is none."""
    try:
        return str(ipaddress.ip_network(text.strip(), strict=False))
    except ValueError:
        return None


def fingerprint(text: str) -> str | None:
    """A SHA-256 fingerprint as 64 hex digits, with or without colons; None when it is none."""
    found = text.replace(":", "").replace(" ", "").lower()
    return found if re.fullmatch(r"[0-9a-f]{64}", found) else None


def moment(text: str) -> datetime | None:
    """An RFC 3339 time as the intake writes it; None when it is none."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found


def text(at: datetime) -> str:
    """A time as an alarm's parameters hold it."""
    return at.astimezone(UTC).isoformat(timespec="seconds")
