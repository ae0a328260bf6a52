"""The clocks of hosts (4.9): read every hour by every way there is, kept as rows, and testified."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from statistics import median
from typing import Any

from django.apps import apps
from django.db import transaction

from fanghu.auditlog.definitions import CLOCK
from fanghu.auditlog.facts import ClockSync
from fanghu.auditlog.models import ClockReading
from fanghu.auditlog.sources import ONE
from fanghu.probes.clock import DaemonClock, KernelClock, ServerAnswer, ask_server, daemon_clock, kernel_clock
from fanghu.register.definitions import defined
from fanghu.testimony import Scope, Subject, Testimony

KEPT = timedelta(days=1_096)
EVERY = timedelta(hours=1)
ASKED_AT_MOST = 8
Method = ClockReading.Method


def read_clock(
    now: datetime,
    *,
    host: str = "",
    kernel: Callable[[], KernelClock | None] = kernel_clock,
    daemon: Callable[[], DaemonClock | None] = daemon_clock,
    ask: Callable[[str], ServerAnswer] = ask_server,
) -> int:
    """Read this host's clock by kernel, daemon and every server the firm named; return how many readings were kept.

    A job, so nobody's deed: readings are measurements, and leave no event.
    """
    host = host or socket.gethostname()
    approved = defined(CLOCK, [ONE]).get(ONE)
    servers = list(approved.value["servers"])[:ASKED_AT_MOST] if approved else []
    answers = [ask(server) for server in servers]
    rows = [
        *_of_kernel(kernel()),
        *_of_daemon(daemon()),
        *(
            ClockReading(
                method=Method.SERVER, reference=answer.server, problem=f"{answer.problem} {answer.detail}".strip()[:200],
                offset_seconds=None if answer.problem else answer.offset,
            )
            for answer in answers
        ),
    ]  # fmt: skip
    for row in rows:
        row.host, row.at = host, now
    with transaction.atomic():
        ClockReading.objects.bulk_create(rows)
        ClockReading.objects.filter(at__lt=now - KEPT).delete()
    return len(rows)


def read_when_due(now: datetime) -> int:
    """Read this host's clock when an hour has passed, or the firm has named other servers since the last reading."""
    mine = ClockReading.objects.filter(host=socket.gethostname(), at__lte=now)
    last = mine.order_by("-at").values_list("at", flat=True).first()
    approved = defined(CLOCK, [ONE]).get(ONE)
    named_since = approved is not None and last is not None and approved.approved_at > last
    due = last is None or named_since or now >= last + EVERY
    return read_clock(now) if due else 0


def _of_kernel(said: KernelClock | None) -> list[ClockReading]:
    return [ClockReading(method=Method.KERNEL, synchronised=said.synchronised)] if said else []


def _of_daemon(said: DaemonClock | None) -> list[ClockReading]:
    if said is None:
        return []
    return [
        ClockReading(
            method=Method.DAEMON, reference=said.reference[:255], synchronised=said.synchronised,
            offset_seconds=said.offset if said.synchronised else None,
        )
    ]  # fmt: skip


def clock_sync(scope: Scope) -> Mapping[Subject, Testimony[ClockSync]]:
    """How every system's hosts are synchronised: system one's on this host, others' where readings of theirs are kept."""
    systems = {
        Subject.system(slug): (created, {host.lower() for host in hosts})
        for slug, created, hosts in apps.get_model("register", "System").objects.values_list(
            "slug", "created_at", "hosts"
        )
    }
    newest = newest_readings(scope.now)
    here = socket.gethostname().lower()
    found: dict[Subject, Testimony[ClockSync]] = {}
    approved = defined(CLOCK, scope.subjects & systems.keys())
    for subject in sorted(scope.subjects & systems.keys()):
        created, hosts = systems[subject]
        if subject == ONE:
            hosts = hosts | {here}
        elif not hosts & newest.keys():
            continue
        value = approved.get(subject)
        found[subject] = Testimony(
            ClockSync(
                approved_at=value.approved_at if value else None,
                in_use_since=created,
                every_days=float(value.value["every_hours"]) / 24 if value else 0.0,
                max_offset_seconds=float(value.value["max_offset_seconds"]) if value else 0.0,
                hosts=len(hosts & newest.keys()),
                **_worst({host: newest.get(host, []) for host in hosts}),
            ),
            "clock readings", scope.now,
        )  # fmt: skip
    return found


def newest_readings(now: datetime) -> dict[str, list[ClockReading]]:
    """The newest round of readings of each host (lower case); one from a time yet to come (a clock set back) is none."""
    found: dict[str, list[ClockReading]] = {}
    for host in ClockReading.objects.order_by().values_list("host", flat=True).distinct():
        rows = ClockReading.objects.filter(host=host, at__lte=now)
        last = rows.order_by("-at").values_list("at", flat=True)[:1]
        found[host.lower()] = list(rows.filter(at=last).order_by("pk"))
    return {host: rows for host, rows in found.items() if rows}


def offset_of(rows: Iterable[ClockReading]) -> float | None:
    """How far off the clock is by one round of readings: by the named servers (their median), else by the daemon."""
    rows = [row for row in rows if row.offset_seconds is not None]
    for method in (Method.SERVER, Method.DAEMON):
        offsets = [row.offset_seconds for row in rows if row.method == method and row.offset_seconds is not None]
        if offsets:
            return abs(median(offsets))
    return None


def _worst(rounds: Mapping[str, list[ClockReading]]) -> dict[str, Any]:
    offsets = {host: offset_of(rows) for host, rows in rounds.items()}
    kept = {host for host, rows in rounds.items() if any(row.synchronised for row in rows)}
    measured = [host for host, offset in offsets.items() if offset is not None]
    return {
        "unsynchronised": tuple(sorted(host for host, rows in rounds.items() if rows and host not in kept)),
        "unmeasured": tuple(sorted(rounds.keys() - set(measured))),
        "oldest_reading_at": min((rounds[host][0].at for host in measured), default=None),
        "largest_offset_seconds": max((offsets[host] or 0.0 for host in measured), default=None),
    }
