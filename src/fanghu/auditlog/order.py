"""What is to be imported and how to read it, and everything that is refused before the log is touched; no Django."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import tzinfo
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from fanghu.auditlog.evtx import is_evtx
from fanghu.auditlog.lines import Survey, survey
from fanghu.auditlog.parsers.formats import FORMATS
from fanghu.auditlog.record import OWN_SOURCE
from fanghu.faults import Exit, Fault

DEFAULT_ZONE = "Asia/Taipei"
_SOURCE = re.compile(r"[\w][\w.-]{0,59}")


@dataclass(frozen=True, slots=True)
class Order:
    """What to import and how to read it. ``year`` is that of the file's first line; None means assume."""

    path: Path
    format: str
    source: str
    year: int | None = None
    zone: str | None = None
    file_name: str = ""


def zone_of(name: str | None) -> tzinfo:
    """The time zone called ``name``, Taipei when None; Fault FH-LOG-26 for an unknown one."""
    try:
        return ZoneInfo(name or DEFAULT_ZONE)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise Fault("FH-LOG-26", f'"{name}" is not a time zone; write a name such as Asia/Taipei or UTC.',
                    f"「{name}」不是時區名稱；請寫 Asia/Taipei 或 UTC 等名稱。", exit_code=Exit.USAGE) from None  # fmt: skip


def check(order: Order) -> Survey:
    """Everything that can be refused before the log is touched; Fault FH-LOG-20 … 29, 54 and 55."""
    check_words(order)
    if order.format != "windows" and is_evtx(order.path):
        raise Fault("FH-LOG-29", f"{order.path.name} is an event log of Windows; import it with --format windows.",
                    f"{order.path.name} 是 Windows 事件紀錄檔，請以 --format windows 匯入。", exit_code=Exit.USAGE)  # fmt: skip
    return survey(order.path, FORMATS[order.format].stamp)


def check_words(order: Order) -> None:
    """The format, the source's name, year and zone; Fault FH-LOG-25 … 28."""
    if order.format not in FORMATS:
        raise Fault("FH-LOG-25", f'The format "{order.format}" is not known; use {", ".join(FORMATS)}.',
                    f"不認得格式「{order.format}」；可用 {', '.join(FORMATS)}。", exit_code=Exit.USAGE)  # fmt: skip
    if not _SOURCE.fullmatch(order.source) or order.source == OWN_SOURCE:
        raise Fault("FH-LOG-27", "A source's name has up to 60 letters, digits, dots and dashes, and is not fanghu.",
                    "來源名稱須為 60 字以內的文字、數字、點或連字號，且不可為 fanghu。", exit_code=Exit.USAGE)  # fmt: skip
    if order.year is not None and not 1970 <= order.year <= 9000:
        raise Fault("FH-LOG-28", "The year is written with four digits, such as 2026.", "年份請以西元四位數書寫，例如 2026。",
                    exit_code=Exit.USAGE)  # fmt: skip
    zone_of(order.zone)
