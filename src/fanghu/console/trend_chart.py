"""Ninety days of required duties as stacked bars of SVG; pure but for the language of its title."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from fanghu.assurance.trend import Day

HEIGHT, STEP = 40, 8


def chart(days: Sequence[Day]) -> SafeString | str:
    """The picture, one bar a day, met at the bottom; "" until there are two days to compare."""
    judged = [day for day in days if day.met + day.not_met + day.unknown]
    if not judged[1:]:
        return ""
    most = max(day.met + day.not_met + day.unknown for day in judged)
    bars = []
    for place, day in enumerate(days):
        top = float(HEIGHT)
        for verdict, count in (("met", day.met), ("not_met", day.not_met), ("unknown", day.unknown)):
            tall = HEIGHT * count / most
            top -= tall
            if count:
                bars.append((verdict, place * STEP, f"{top:.1f}", STEP - 1, f"{tall:.1f}"))
    last = judged[-1]
    said = _("From %(first)s to %(last)s; now met %(met)d, not met %(not_met)d, undetermined %(unknown)d") % {
        "first": judged[0].day, "last": last.day, "met": last.met, "not_met": last.not_met, "unknown": last.unknown,
    }  # fmt: skip
    drawn = format_html_join("", '<rect class="s-{}" x="{}" y="{}" width="{}" height="{}"/>', bars)
    labels = format_html_join(
        "", '<text x="{}" y="{}">{}</text>',
        ((place * STEP, HEIGHT + 13, day.day.isoformat()) for place, day in enumerate(days) if day.day.day == 1),
    )  # fmt: skip
    return format_html(
        '<svg viewBox="0 0 {} {}" role="img" aria-label="{}">{}{}</svg>',
        len(days) * STEP, HEIGHT + 18, said, drawn, labels,
    )  # fmt: skip
