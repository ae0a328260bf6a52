"""Sixteen weeks of conformity as a line of SVG; counted once for each judging run and day."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import lru_cache

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from fanghu.assurance.trend import counted

WEEKS = 16
WIDTH, HEIGHT = 160, 28

Point = tuple[datetime, float | None]


def points(now: datetime, run: str) -> tuple[Point, ...]:
    """Conformity at the start of today and of the same day in each week before; ``run`` is the newest judging run."""
    today = localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
    return _points(today, run)


@lru_cache(maxsize=8)
def _points(today: datetime, run: str) -> tuple[Point, ...]:
    moments = [today - timedelta(weeks=weeks) for weeks in range(WEEKS, -1, -1)]
    return tuple(
        (at, met / (met + broken) if met + broken else None)
        for at, (met, broken) in zip(moments, counted(moments), strict=True)
    )


def trend(line: Sequence[Point]) -> SafeString | str:
    """The picture, or "" while fewer than two weeks are known; the line breaks where nothing was known."""
    known = [(place, at, share) for place, (at, share) in enumerate(line) if share is not None]
    if len(known) < 2:  # noqa: PLR2004 - a line has two ends
        return ""
    step = WIDTH / max(len(line) - 1, 1)
    spots = [(f"{place * step:.1f}", f"{2 + (1 - share) * (HEIGHT - 4):.1f}") for place, _at, share in known]
    path = "".join(
        f"{'L' if number and known[number - 1][0] == known[number][0] - 1 else 'M'}{x} {y}"
        for number, (x, y) in enumerate(spots)
    )
    dots = format_html_join(
        "",
        '<circle cx="{}" cy="{}" r="1.6"><title>{}</title></circle>',
        ((x, y, f"{at:%Y-%m-%d} {share:.0%}") for (x, y), (_place, at, share) in zip(spots, known, strict=True)),
    )
    label = _("Conformity from %(first)s to %(last)s: %(before)s, then %(after)s") % {
        "first": f"{known[0][1]:%Y-%m-%d}", "last": f"{known[-1][1]:%Y-%m-%d}",
        "before": f"{known[0][2]:.0%}", "after": f"{known[-1][2]:.0%}",
    }  # fmt: skip
    return format_html(
        '<svg viewBox="0 0 {} {}" role="img" aria-label="{}"><path class="stroke" d="{}"/>{}</svg>',
        WIDTH, HEIGHT, label, path, dots,
    )  # fmt: skip
