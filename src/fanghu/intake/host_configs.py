"""The configuration of logging on other systems' hosts (4.11): its files' SHA-256, as the hosts say in what they send.

A host sends the output of ``sha256sum`` for its log agent's files and audit rules, a line each, every hour. What changed,
came or went since the time before is an alarm that a person closes; so is a host that no longer says so. Whoever rules a host can let it lie.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db import transaction

from fanghu.alarms.actions import end_alarm, raise_alarm
from fanghu.auditlog.host_lines import registered_hosts, said_by_hosts
from fanghu.events.doer import KEEPER
from fanghu.intake.models import HostConfig
from fanghu.intake.rules import text

TYPE = "config.hashed"
CHANGED, SILENT = "source.config_changed", "source.config_silent"
LOOKED_BACK, MOST = timedelta(hours=3), 20_000
ROUND = timedelta(minutes=5)
"""Within so long a host says what it has to say; a file that is then not among them is gone."""
EXPECTED = timedelta(hours=26)
MOST_FILES = 500
"""Of one host; what it says of more is not kept."""
_HASHED = re.compile(r"\b([0-9a-f]{64}) [ *](/[\x21-\x7e]{1,199})\s*$")


class Hashed(NamedTuple):
    """What a host said of one file, and when that came in."""

    path: str
    sha256: str
    at: datetime


def read_host_configs(now: datetime) -> int:
    """Keep what hosts said of their files since the last time; on how many hosts something changed."""
    said: dict[tuple[str, str], list[Hashed]] = defaultdict(list)
    sources: dict[str, str] = {}
    for line in said_by_hosts(TYPE, now - LOOKED_BACK, now, MOST):
        found = _HASHED.search(line.record.raw)
        if found:
            said[line.system, line.host].append(Hashed(found[2], found[1], line.record.received_at))
            sources.setdefault(line.host, line.record.source)
    known: dict[str, list[HostConfig]] = defaultdict(list)
    for row in HostConfig.objects.filter(host__in=sources):
        known[row.host].append(row)
    kept: list[HostConfig] = []
    told: list[tuple[str, str, list[str]]] = []
    for (system, host), lines in said.items():
        lines.sort(key=lambda line: line.at)
        if now - lines[-1].at < ROUND:
            continue  # it may not have said everything yet
        rows = {row.path: row for row in known[host]}
        changed = [*differences({path: Hashed(path, row.sha256, row.at) for path, row in rows.items()}, lines)]
        kept += _kept(host, sources[host], rows, lines)
        if changed:
            told.append((system, host, changed))
    with transaction.atomic():
        HostConfig.objects.bulk_create([row for row in kept if row.pk is None])
        HostConfig.objects.bulk_update([row for row in kept if row.pk], ["source", "sha256", "since", "at"])
        for system, host, changed in told:
            _tell(system, host, changed, now)
    return len(told)


def differences(before: Mapping[str, Hashed], lines: Iterable[Hashed]) -> Iterator[str]:
    """The files that changed, came or went; pure. ``lines`` by time; of a host that said nothing before, none."""
    if not before:
        return
    now = dict(before)
    for line in lines:
        was = now.get(line.path)
        if was is not None and line.at <= was.at:
            continue
        now[line.path] = line
        if was is None or was.sha256 != line.sha256:
            yield line.path
    newest = max(line.at for line in now.values())
    yield from (path for path, line in now.items() if line.sha256 and newest - line.at >= ROUND)


def silent_hosts(now: datetime) -> Iterator[tuple[str, str, datetime]]:
    """Host, source and when it said something last, of each registered host that no longer says what it did."""
    newest: dict[str, HostConfig] = {}
    for row in HostConfig.objects.order_by("at"):
        newest[row.host] = row
    hosts = frozenset().union(*registered_hosts().values()) if newest else frozenset()
    for host, row in newest.items():
        if host in hosts and now - row.at > EXPECTED:
            yield host, row.source, row.at


def _kept(host: str, source: str, rows: dict[str, HostConfig], lines: Iterable[Hashed]) -> Iterable[HostConfig]:
    """The newest of each file; one that is gone keeps its row with no hash."""
    for line in lines:
        row = rows.get(line.path)
        if row is None and len(rows) < MOST_FILES:
            row = rows[line.path] = HostConfig(host=host, path=line.path, since=line.at, at=line.at, sha256=line.sha256)
        if row is None or line.at < row.at:
            continue
        if row.sha256 != line.sha256:
            row.sha256, row.since = line.sha256, line.at
        row.at = line.at
    newest = max((row.at for row in rows.values()), default=None)
    for row in rows.values():
        row.source = source
        if newest is not None and row.sha256 and newest - row.at >= ROUND:
            row.sha256, row.since = "", newest
    return rows.values()


def _tell(system: str, host: str, changed: list[str], now: datetime) -> None:
    params: dict[str, str | int] = {"host": host, "path": changed[0], "count": len(set(changed)), "since": text(now)}
    raise_alarm(CHANGED, host, params, subject=f"system:{system}", by=KEEPER, now=now)
    end_alarm(CHANGED, host, by=KEEPER, now=now)
