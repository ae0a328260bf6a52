"""The clocks of other systems' hosts (4.9), as their time daemons say in what they send: ``chronyc -c tracking``, a line each.

A host speaks for itself alone: the line must come by a source of the system that the host was registered with.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from django.apps import apps
from django.db.models import Max

from fanghu.auditlog.actions import indexes
from fanghu.auditlog.models import ClockReading
from fanghu.auditlog.query import Query
from fanghu.auditlog.sources import live_sources, systems_of_sources
from fanghu.probes.clock import parse_tracking

TYPE = "clock.tracked"
LOOKED_BACK = timedelta(hours=3)
MOST = 10_000
"""Lines that are looked at in one round; a host sends some an hour."""
_TRACKED = re.compile(r"\b[0-9A-F]{8},[^,\s]*,\d+,.*")


def read_host_clocks(now: datetime) -> int:
    """Keep the newest reading of each host that is not kept yet; how many that were.

    A job, so nobody's deed. The time of a reading is when its line came in, for its own clock is what is asked about.
    """
    hosts = {
        slug: {host.lower() for host in hosts}
        for slug, hosts in apps.get_model("register", "System").objects.filter(retired_at=None).values_list("slug", "hosts")
    }  # fmt: skip
    owner = systems_of_sources(live_sources(), by_host=False)
    newest: dict[str, ClockReading] = {}
    if owner:
        asked = Query({"type": (TYPE,), "source": tuple(sorted(owner))}, since=now - LOOKED_BACK)
        for record in indexes().search(asked, limit=MOST, newest_first=True):
            host, found = record.host.lower(), _TRACKED.search(record.raw)
            said = parse_tracking(found[0]) if found else None
            if said is None or host not in hosts[owner[record.source]]:
                continue
            if record.received_at <= now and (host not in newest or newest[host].at < record.received_at):
                newest[host] = ClockReading(
                    host=host, method=ClockReading.Method.DAEMON, reference=said.reference[:255], at=record.received_at,
                    synchronised=said.synchronised, offset_seconds=said.offset if said.synchronised else None,
                )  # fmt: skip
    kept = dict(ClockReading.objects.filter(host__in=newest).order_by().values_list("host").annotate(at=Max("at")))
    fresh = [row for row in newest.values() if row.host not in kept or kept[row.host] < row.at]
    ClockReading.objects.bulk_create(fresh)
    return len(fresh)
