"""Probing without a person: every declared address daily, after a change, and when asked for."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

from django.utils import timezone

from fanghu.endpoints.actions import Probed, follow_what_runs, keep
from fanghu.endpoints.authorities import trusting
from fanghu.endpoints.models import Endpoint
from fanghu.endpoints.rules import is_due
from fanghu.events.doer import KEEPER
from fanghu.jobs.job import Job
from fanghu.probes.endpoint import probe
from fanghu.probes.hello import Target
from fanghu.probes.visitor import Unreachable

log = logging.getLogger(__name__)
BATCH, AT_ONCE = 20, 8
"""How many addresses are probed before what was seen is kept, and how many side by side."""


def due(now: datetime) -> Iterator[Endpoint]:
    """The addresses to probe now."""
    for row in Endpoint.objects.filter(system__retired_at=None).select_related("probe"):
        last = getattr(row, "probe", None)
        if is_due(now, row.changed_at, row.asked_at, last.at if last else None, bool(last and last.reached)):
            yield row


def probe_one(row: Endpoint) -> Probed:
    """Probe one address as declared; whatever goes wrong is said, never taken for a good answer."""
    target = Target(row.host, row.port, name=row.host)
    try:
        with trusting(row.authority_pem) as authority:
            seen = probe(
                row.protocol, target, path=row.path, clear_port=row.clear_port, authority=authority  # type: ignore[arg-type]
            )  # fmt: skip
    except Unreachable as silent:
        return Probed(row.pk, None, str(silent))
    except (OSError, ValueError) as error:
        log.warning("the probe of %s failed: %s", row.address, type(error).__name__)
        return Probed(row.pk, None, type(error).__name__)
    return Probed(row.pk, seen)


def probe_due(now: datetime) -> int:
    """Bring our own addresses up to date, then probe what is due; no transaction is open meanwhile."""
    follow_what_runs(now)
    rows = list(due(now))
    for at in range(0, len(rows), BATCH):
        with ThreadPoolExecutor(AT_ONCE) as side_by_side:
            found = list(side_by_side.map(probe_one, rows[at : at + BATCH]))
        keep(found, by=KEEPER, now=timezone.now())
    return len(rows)


JOBS = [Job("endpoints.probe", timedelta(seconds=15), probe_due, own_claim=True, apart=True)]
