"""A log file of another system into the log: streaming, and again without adding anything twice."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice

from fanghu.auditlog import relay, years
from fanghu.auditlog.identity import LineIdentities
from fanghu.auditlog.index import Index
from fanghu.auditlog.lines import Survey, lines_of
from fanghu.auditlog.order import DEFAULT_ZONE, Order, zone_of
from fanghu.auditlog.parsers.formats import FORMATS
from fanghu.auditlog.parsers.reading import Reading
from fanghu.auditlog.record import entry_of_line
from fanghu.auditlog.vault import Vault

CHUNK = 4_000
NAMED = 100


@dataclass(slots=True)
class Tally:
    """How an import went: every line is one of ``imported``, ``already`` there, or new and kept ``verbatim``.

    ``unread`` counts the parts of an .evtx file that no reader could read; ``named`` says which the first hundred are.
    """

    run: str
    file_hash: str
    lines: int
    imported: int = 0
    already: int = 0
    verbatim: int = 0
    unread: int = 0
    named: list[str] = field(default_factory=list)
    assumed: dict[str, str] = field(default_factory=dict)
    hosts: set[str] = field(default_factory=set)
    first: datetime | None = None
    last: datetime | None = None


def import_lines(
    vault: Vault, index: Index, order: Order, found: Survey, now: datetime, after_chunk: Callable[[Tally], object]
) -> Tally:
    """Append the lines that the log does not hold yet, sealing chunk by chunk; ``after_chunk`` runs after each.

    The log itself says what it holds: the index is first brought up to it, whatever a killed run left behind.
    """
    zone = zone_of(order.zone)
    year = order.year if order.year is not None else years.first_year(found.walk, now, zone)
    tally = Tally(str(uuid.uuid4()), found.file_hash, found.lines)
    if found.walk.newest is not None and order.year is None:
        tally.assumed["year"] = str(year)
    if found.lacks_zone and order.zone is None:
        tally.assumed["timezone"] = DEFAULT_ZONE
    read = FORMATS[order.format].read
    index.catch_up(vault)
    walk, identities = years.YearWalk(), LineIdentities(order.source)
    with closing(identities), index.held():
        for lines in _chunks(lines_of(order.path, found.size)):
            ids = identities.of(lines)
            known = index.known(ids)
            entries = []
            for id_, line in zip(ids, lines, strict=True):
                reading = read(line)
                _name(tally, reading)
                at = None
                if reading.stamp is not None:
                    offset = walk.step(reading.stamp) if reading.stamp.at is None else 0
                    at = years.moment(reading.stamp, year + offset, zone)
                if id_ in known:
                    tally.already += 1
                    continue
                assumed = _assumed(reading, tally)
                entries.append(entry_of_line(id_, line, reading, at, assumed, order.source, tally.run, now))
                _count(tally, reading, at)
            if entries:
                vault.append(entries)
                vault.seal(now)
                relay.note_sealed(vault, now)
                index.catch_up(vault)
            after_chunk(tally)
    return tally


def _assumed(reading: Reading, tally: Tally) -> list[str]:
    """What of the record's time was assumed, not read."""
    stamp = reading.stamp
    if stamp is None or (stamp.at is not None and stamp.at.tzinfo is not None):
        return []
    return sorted(tally.assumed if stamp.at is None else tally.assumed.keys() & {"timezone"})


def _count(tally: Tally, reading: Reading, at: datetime | None) -> None:
    if reading.verbatim:
        tally.verbatim += 1
    else:
        tally.imported += 1
    if reading.host and len(tally.hosts) < 1_000:
        tally.hosts.add(reading.host)
    if at is not None:
        tally.first = min(tally.first or at, at)
        tally.last = max(tally.last or at, at)


def _name(tally: Tally, reading: Reading) -> None:
    """Say which part of the file could not be read, whether it is new or already there."""
    if "unread" not in reading.detail:
        return
    tally.unread += 1
    if tally.unread <= NAMED:
        tally.named.append(" ".join(f"{name} {value}" for name, value in reading.detail.items()))


def _chunks(lines: Iterator[bytes]) -> Iterator[list[bytes]]:
    while chunk := list(islice(lines, CHUNK)):
        yield chunk
