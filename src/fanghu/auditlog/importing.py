"""A log file of another system into the log: streaming, and again without adding anything twice."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from itertools import islice
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from fanghu.auditlog import openssh, relay, years
from fanghu.auditlog.identity import LineIdentities
from fanghu.auditlog.index import Index
from fanghu.auditlog.lines import Survey, lines_of, survey
from fanghu.auditlog.record import OWN_SOURCE, entry_of_line
from fanghu.auditlog.vault import Vault
from fanghu.faults import Exit, Fault

CHUNK = 2_000
FORMATS = ("openssh",)
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


@dataclass(slots=True)
class Tally:
    """How an import went: every line is one of ``imported``, ``already`` there, or new and kept ``verbatim``."""

    run: str
    file_hash: str
    lines: int
    imported: int = 0
    already: int = 0
    verbatim: int = 0
    assumed: dict[str, str] = field(default_factory=dict)
    hosts: set[str] = field(default_factory=set)
    first: datetime | None = None
    last: datetime | None = None


def zone_of(name: str | None) -> tzinfo:
    """The time zone called ``name``, Taipei when None; Fault FH-LOG-26 for an unknown one."""
    try:
        return ZoneInfo(name or DEFAULT_ZONE)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise Fault("FH-LOG-26", f'"{name}" is not a time zone; write a name such as Asia/Taipei or UTC.',
                    f"「{name}」不是時區名稱；請寫 Asia/Taipei 或 UTC 等名稱。", exit_code=Exit.USAGE) from None  # fmt: skip


def check(order: Order) -> Survey:
    """Everything that can be refused before the log is touched; Fault FH-LOG-20 … 27."""
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
    return survey(order.path)


def import_lines(
    vault: Vault, index: Index, order: Order, found: Survey, now: datetime, after_chunk: Callable[[Tally], object]
) -> Tally:
    """Append the lines that the log does not hold yet, sealing chunk by chunk; ``after_chunk`` runs after each.

    The log itself says what it holds: the index is first brought up to it, whatever a killed run left behind.
    """
    zone = zone_of(order.zone)
    year = order.year if order.year is not None else years.first_year(found.walk, now, zone)
    tally = Tally(str(uuid.uuid4()), found.file_hash, found.lines)
    if found.lacks_zone and order.year is None:
        tally.assumed["year"] = str(year)
    if found.lacks_zone and order.zone is None:
        tally.assumed["timezone"] = DEFAULT_ZONE
    index.catch_up(vault)
    walk, identities = years.YearWalk(), LineIdentities(order.source)
    try:
        for lines in _chunks(lines_of(order.path, found.size)):
            ids = identities.of(lines)
            known = index.known(ids)
            entries = []
            for id_, line in zip(ids, lines, strict=True):
                reading = openssh.read(line)
                at = None
                if reading.stamp is not None:
                    offset = walk.step(reading.stamp) if reading.stamp.at is None else 0
                    at = years.moment(reading.stamp, year + offset, zone)
                if id_ in known:
                    tally.already += 1
                    continue
                assumed = [] if reading.stamp is None or reading.stamp.at else sorted(tally.assumed)
                entries.append(entry_of_line(id_, line, reading, at, assumed, order.source, tally.run, now))
                _count(tally, reading, at)
            if entries:
                vault.append(entries)
                vault.seal(now)
                relay.note_sealed(vault, now)
                index.catch_up(vault)
            after_chunk(tally)
    finally:
        identities.close()
    return tally


def _count(tally: Tally, reading: openssh.Reading, at: datetime | None) -> None:
    if reading.verbatim:
        tally.verbatim += 1
    else:
        tally.imported += 1
    if reading.host and len(tally.hosts) < 1_000:
        tally.hosts.add(reading.host)
    if at is not None:
        tally.first = min(tally.first or at, at)
        tally.last = max(tally.last or at, at)


def _chunks(lines: Iterator[bytes]) -> Iterator[list[bytes]]:
    while chunk := list(islice(lines, CHUNK)):
        yield chunk


def utc(at: datetime | None) -> str:
    """RFC 3339 in UTC, or ""."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z") if at else ""
