"""Twelve months of one cell as a strip of SVG; pure but for the language of its titles."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Protocol

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from fanghu.console.words import VERDICTS

DAYS = 365
WIDTH = 2 * DAYS
MOST = 400


class Interval(Protocol):
    """What the strip needs of an interval of history."""

    verdict: str
    from_at: datetime
    fresh_until: datetime
    until: datetime | None


def stretches(intervals: Sequence[Interval], at: datetime) -> list[tuple[str, datetime, datetime]]:
    """(verdict, from, to) within the year before ``at``; past its freshness a verdict counts as unknown."""
    start = at - timedelta(days=DAYS)
    found = []
    for interval in intervals[-MOST:]:
        begin, end = max(interval.from_at, start), min(interval.until or at, at)
        fresh = min(max(interval.fresh_until, begin), end)
        if begin < fresh:
            found.append((interval.verdict, begin, fresh))
        if fresh < end:
            found.append(("unknown", fresh, end))
    return found


def strip(intervals: Sequence[Interval], at: datetime) -> SafeString:
    """The picture: a day is two units wide, quarters are named."""
    start = at - timedelta(days=DAYS)

    def x(moment: datetime) -> float:
        return (moment - start).total_seconds() / 86_400 * WIDTH / DAYS

    bars = format_html_join(
        "",
        '<rect class="s-{}" x="{}" y="0" width="{}" height="12"><title>{}</title></rect>',
        (
            (
                verdict, f"{x(begin):.2f}", f"{max(x(end) - x(begin), 1.0):.2f}",
                f"{VERDICTS[verdict]} {localtime(begin):%Y-%m-%d %H:%M} – {localtime(end):%Y-%m-%d %H:%M}",
            )
            for verdict, begin, end in stretches(intervals, at)
        ),
    )  # fmt: skip
    ticks = format_html_join(
        "", '<text x="{}" y="24">{}</text>', ((f"{x(month):.1f}", f"{month:%Y-%m}") for month in _quarters(start, at))
    )
    return format_html(
        '<svg viewBox="0 0 {} 28" role="img" aria-label="{}"><rect class="none" x="0" y="0" width="{}" height="12"/>{}{}</svg>',
        WIDTH, _("The last twelve months"), WIDTH, bars, ticks,
    )  # fmt: skip


def _quarters(start: datetime, end: datetime) -> list[datetime]:
    """The first day of every third month in between, Taipei time."""
    day = localtime(start).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    found = []
    while day < end:
        if day > start and (day.month - 1) % 3 == 0:
            found.append(day)
        day = (day + timedelta(days=32)).replace(day=1)
    return found
