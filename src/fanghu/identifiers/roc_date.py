"""Dates as Taiwan writes them: Gregorian or ROC years (民國; ROC year 1 = 1912).

Read: ``2026-11-22`` ``2026/11/22`` ``115/11/22`` ``115-11-22`` ``115.11.22`` ``民國115年11月22日`` ``中華民國 115 年 11 月 22 日``
``20261122`` ``1151122``; full-width digits too; a midnight time behind the date, as spreadsheets write it, is ignored.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date, datetime

ROC_OFFSET = 1911
CLEARLY_ROC = 60  # a bare two-digit year below this could also be a day, or 20xx
_ROC_MARK = re.compile(r"^(中華)?民國\s*")
_MIDNIGHT = re.compile(r"[T\s]+00:00(:00(\.0+)?)?$")
_SPLIT = re.compile(r"^(\d{1,4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?$")
_RUN = re.compile(r"^(\d{3,4})(\d{2})(\d{2})$")


def parse_date(text: str) -> date:
    """Read one date; ValueError when it is none, or when the year can be read two ways.

    A year of four digits is Gregorian; of three digits, of two from 60 on, or behind 民國, it is a ROC year.
    """
    plain = unicodedata.normalize("NFKC", text).strip()
    marked = _ROC_MARK.match(plain)
    rest = _MIDNIGHT.sub("", plain[marked.end() :] if marked else plain)
    found = _SPLIT.match(rest) or _RUN.match(rest)
    if found is None:
        raise ValueError(f"not a date: {text!r}")
    year_text, month, day = found.groups()
    year = int(year_text)
    if marked or len(year_text) == 3 or (len(year_text) == 2 and year >= CLEARLY_ROC):
        year += ROC_OFFSET
    elif len(year_text) < 4:
        raise ValueError(f"the year is not clear: {text!r}")
    if not ROC_OFFSET < year < 2200:
        raise ValueError(f"the year is out of range: {text!r}")
    return date(year, int(month), int(day))


def plain_date(value: date | datetime) -> str:
    """ISO 8601, as exports write dates."""
    return (value.date() if isinstance(value, datetime) else value).isoformat()


def in_roc_year(value: date) -> str:
    """``115/11/22``; ValueError before 1912."""
    if value.year <= ROC_OFFSET:
        raise ValueError(f"before the first ROC year: {value}")
    return f"{value.year - ROC_OFFSET}/{value.month:02d}/{value.day:02d}"
