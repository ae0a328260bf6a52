"""What 4.5 asks of every record, as bits of what one lacks, and as counts over a source's; no Django."""

from __future__ import annotations

from dataclasses import dataclass

from fanghu.auditlog.record import LogRecord

LACKS_TYPE, LACKS_TIME, LACKS_PLACE, LACKS_IDENTITY, VERBATIM, LACKS_ZONE = 1, 2, 4, 8, 16, 32


@dataclass(frozen=True, slots=True)
class Census:
    """Counts over one source's records, for 4.5."""

    records: int
    verbatim: int
    without_type: int
    without_time: int
    without_place: int
    without_identity: int


def lacks(record: LogRecord) -> int:
    """Which of the four things that 4.5 asks for are missing, and whether the zone was assumed (4.8), as bits."""
    zone = LACKS_ZONE if "timezone" in record.assumed else 0
    if record.verbatim:
        return zone | VERBATIM | LACKS_TYPE | LACKS_TIME | LACKS_PLACE | LACKS_IDENTITY
    bits = zone | (0 if record.type else LACKS_TYPE)
    bits |= 0 if record.time else LACKS_TIME
    if record.concerns_user:
        bits |= 0 if record.place or record.host else LACKS_PLACE
        bits |= 0 if record.actor else LACKS_IDENTITY
    return bits
