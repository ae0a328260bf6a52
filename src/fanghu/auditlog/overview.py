"""The page on how the log is kept: who may read it, what it records, what it takes, which clock dates it."""

from __future__ import annotations

import shutil
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from fanghu.auditlog.catalogue import KINDS
from fanghu.auditlog.clocks import newest_readings
from fanghu.auditlog.definitions import EVENTS, RETENTION
from fanghu.auditlog.keeping import growth, held_bytes
from fanghu.auditlog.readers import readings
from fanghu.auditlog.reading import tallied
from fanghu.auditlog.record import OWN_SOURCE
from fanghu.auditlog.sources import ONE
from fanghu.register.definitions import defined
from fanghu.shell.access import asks
from fanghu.shell.rights import Right

MB = 1_000_000
FAR = 36_525
"""Days that nobody plans for."""


@require_safe
@asks(Right.LOG_READ_ALL)
def keeping(request: HttpRequest) -> HttpResponse:
    """How this log is kept, as it stands now."""
    now = timezone.now()
    held = held_bytes()
    per_day, days = growth(held, now)
    free = shutil.disk_usage(settings.HOME).free
    context = {
        "one": str(ONE), "policy": defined(RETENTION, [ONE]).get(ONE), "readers": readings(now).of(str(ONE.slug)),
        "kinds": _kinds(), "own": tallied().get(OWN_SOURCE), "clocks": sorted(newest_readings(now).items()),
        "held": held / MB, "per_day": per_day / MB, "days": days, "free": free / MB,
        "full_on": full_on(now, free, per_day),
    }  # fmt: skip
    return render(request, "auditlog/keeping.html", context)


def full_on(now: datetime, free: int, per_day: int) -> date | None:
    """When the disk is full at that growth (bytes); None beyond a century."""
    days = free / per_day if per_day > 0 else FAR
    return None if days >= FAR else timezone.localdate(now) + timedelta(days=int(days))


def _kinds() -> list[dict[str, Any]]:
    """Every kind that is recorded or chosen, its name, whether it is chosen, and how often it was seen."""
    own = tallied().get(OWN_SOURCE)
    seen = dict(own.kinds) if own else {}
    approved = defined(EVENTS, [ONE]).get(ONE)
    chosen = set(approved.value["events"]) if approved else set()
    return [
        {
            "kind": kind, "name": _(KINDS[kind]) if kind in KINDS else "", "chosen": kind in chosen,
            "recorded": kind in KINDS, "seen": seen.get(kind, 0),
        }
        for kind in sorted(chosen | KINDS.keys())
    ]  # fmt: skip
