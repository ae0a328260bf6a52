"""Met, not met and undetermined day by day, as history tells it; one query."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import accumulate

from django.conf import settings
from django.db.models import Count, Q
from django.utils.timezone import localtime

from fanghu.assurance.models import VerdictInterval
from fanghu.regulation import load


@dataclass(frozen=True, slots=True)
class Day:
    """How many verdicts over required duties stood so at the end of ``day`` (Taipei), today: now."""

    day: date
    met: int
    not_met: int
    unknown: int


def trend(now: datetime, days: int = 90) -> list[Day]:
    """The last ``days`` days, oldest first; past its freshness a verdict counts as undetermined.

    One pass of judging opens and confirms its cells at one time, so the database hands over few groups for many cells.
    """
    midnight = localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
    ends = [*(midnight - timedelta(days=back) for back in range(days - 2, -1, -1)), now]
    advised = [duty.id for duty in load(settings.FANGHU_EDITION).duties.values() if duty.strength != "shall"]
    groups = (
        VerdictInterval.objects.filter(verdict__in=("met", "not_met", "unknown"), from_at__lte=now)
        .filter(Q(until=None) | Q(until__gt=ends[0]))
        .exclude(duty__in=advised)
        .order_by()
        .values_list("verdict", "from_at", "fresh_until", "until")
        .annotate(cells=Count("pk"))
    )
    steps = {verdict: [0] * (days + 1) for verdict in ("met", "not_met", "unknown")}
    for verdict, begin, fresh, until, cells in groups:
        first = bisect_left(ends, begin)
        last = bisect_left(ends, until) if until else days
        turned = min(max(bisect_right(ends, fresh), first), last)
        for kind, at, change in (
            (verdict, first, 1),
            (verdict, turned, -1),
            ("unknown", turned, 1),
            ("unknown", last, -1),
        ):
            steps[kind][at] += change * cells
    met, not_met, unknown = (list(accumulate(steps[kind])) for kind in ("met", "not_met", "unknown"))
    return [
        Day((localtime(end) - timedelta(microseconds=1)).date(), met[at], not_met[at], unknown[at])
        for at, end in enumerate(ends)
    ]


_KEPT: dict[tuple[str, date], list[Day]] = {}


def trend_after(run: str, now: datetime) -> list[Day]:
    """The trend as counted at the first look after the judging run ``run`` on this day; history only changes by runs."""
    key = (run, localtime(now).date())
    kept = _KEPT.get(key)
    if kept is None:
        kept = trend(now)
        _KEPT.clear()
        _KEPT[key] = kept
    return kept
