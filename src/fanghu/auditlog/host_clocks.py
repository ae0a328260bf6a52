"""The clocks of other systems' hosts (4.9), as their time daemons say in what they send: ``chronyc -c tracking``, a line each."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from django.db.models import Max

from fanghu.auditlog.host_lines import said_by_hosts
from fanghu.auditlog.models import ClockReading
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
    newest: dict[str, ClockReading] = {}
    for line in said_by_hosts(TYPE, now - LOOKED_BACK, now, MOST):
        found, at = _TRACKED.search(line.record.raw), line.record.received_at
        said = parse_tracking(found[0]) if found else None
        if said is not None and (line.host not in newest or newest[line.host].at < at):
            newest[line.host] = ClockReading(
                host=line.host, method=ClockReading.Method.DAEMON, reference=said.reference[:255], at=at,
                synchronised=said.synchronised, offset_seconds=said.offset if said.synchronised else None,
            )  # fmt: skip
    kept = dict(ClockReading.objects.filter(host__in=newest).order_by().values_list("host").annotate(at=Max("at")))
    fresh = [row for row in newest.values() if row.host not in kept or kept[row.host] < row.at]
    ClockReading.objects.bulk_create(fresh)
    return len(fresh)
