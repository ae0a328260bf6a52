"""How much one source may try, whoever it tries: counted before any account's own count, and never against it (6.8)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address, ip_network

from django.db import transaction

from fanghu.events.actions import record
from fanghu.events.doer import Doer
from fanghu.events.schema import Detail
from fanghu.signin import counts
from fanghu.signin.models import SourceCount

ATTEMPTS, WINDOW = 20, timedelta(minutes=10)
"""So many attempts that did not succeed may one source make in one window."""


@dataclass(frozen=True, slots=True)
class Charge:
    """One attempt of a source counted: how many were counted before it; ``until`` is set when it is one too many."""

    before: int
    until: datetime | None = None


def source_of(place: str) -> str:
    """The source an address belongs to: an IPv4 address itself, the /64 of an IPv6 address."""
    try:
        address = ip_address(place.partition("%")[0])
    except ValueError:
        return place[:64]
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return str(address.ipv4_mapped)
        return str(ip_network((address, 64), strict=False))
    return str(address)


def charge(*, by: Doer, now: datetime) -> Charge:
    """Count one attempt of the doer's source before anything else is looked at; the first one too many leaves an event."""
    source = source_of(by.place)
    with transaction.atomic(savepoint=False):
        attempts, began_at = counts.charge(source, now, WINDOW)
        if attempts <= ATTEMPTS:
            return Charge(attempts - 1)
        until = began_at + WINDOW
        if attempts == ATTEMPTS + 1:
            detail: dict[str, Detail] = {"attempts": ATTEMPTS, "until": until.isoformat()}
            record("source.throttled", by=by, now=now, object_=f"source:{source}", outcome="failure", detail=detail)
    return Charge(attempts - 1, until)


def give_back(*, by: Doer) -> None:
    """An attempt that succeeded does not count: an office behind one address signs in all morning."""
    counts.give_back(source_of(by.place), ATTEMPTS)


def attempts_of(place: str, now: datetime) -> int:
    """What is counted for the source of ``place`` now."""
    row = SourceCount.objects.filter(pk=source_of(place), began_at__gt=now - WINDOW).first()
    return row.attempts if row else 0


def forget_old(now: datetime) -> int:
    """Remove the counts of windows that are over; return how many."""
    return SourceCount.objects.filter(began_at__lte=now - WINDOW).delete()[0]


def forget_sources(places: list[str]) -> int:
    """Remove the counts of a drill's own addresses; return how many are left."""
    rows = SourceCount.objects.filter(pk__in=[source_of(place) for place in places])
    rows.delete()
    return rows.count()
