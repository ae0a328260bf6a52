"""What the hosts of other systems say about themselves in what they send.

A host speaks for itself alone: a line counts only when it came by a source of the system that the host was registered with.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from django.apps import apps

from fanghu.auditlog.actions import indexes
from fanghu.auditlog.query import Query
from fanghu.auditlog.record import LogRecord
from fanghu.auditlog.sources import live_sources, systems_of_sources


class Said(NamedTuple):
    """One line: the system's slug, the host in small letters, the record."""

    system: str
    host: str
    record: LogRecord


def said_by_hosts(kind: str, since: datetime, now: datetime, most: int) -> Iterator[Said]:
    """Lines of the type ``kind`` that state a time from ``since`` on and came by ``now``, at most ``most``, newest first."""
    hosts = registered_hosts()
    owner = systems_of_sources(live_sources(), by_host=False)
    if not owner:
        return
    asked = Query({"type": (kind,), "source": tuple(sorted(owner))}, since=since)
    for record in indexes().search(asked, limit=most, newest_first=True):
        system, host = owner[record.source], record.host.lower()
        if host in hosts.get(system, ()) and record.received_at <= now:
            yield Said(system, host, record)


def registered_hosts() -> dict[str, frozenset[str]]:
    """The hosts of each system in use, in small letters."""
    systems = apps.get_model("register", "System").objects.filter(retired_at=None)
    return {slug: frozenset(host.lower() for host in hosts) for slug, hosts in systems.values_list("slug", "hosts")}
