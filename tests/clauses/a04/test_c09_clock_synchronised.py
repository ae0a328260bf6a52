"""4.9: the clock is synchronised."""

from datetime import UTC, datetime, timedelta

from fanghu.auditlog.facts import ClockSync
from fanghu.clauses.a04 import c09_clock_synchronised as reading
from tests.clauses.trial import try_reading

NOW = datetime(2026, 11, 22, 4, tzinfo=UTC)
GOOD = ClockSync(
    approved_at=NOW - timedelta(days=9),
    in_use_since=NOW - timedelta(days=10),
    every_days=1.0,
    max_offset_seconds=0.5,
    hosts=2,
    unsynchronised=(),
    unmeasured=(),
    oldest_reading_at=NOW - timedelta(hours=2),
    largest_offset_seconds=0.02,
)
BREAKS = [
    {"approved_at": None},
    {"approved_at": None, "in_use_since": NOW - timedelta(days=31)},
    {"every_days": 0.05},
    {"max_offset_seconds": 0.01},
    {"hosts": 0},
    {"unsynchronised": ("trade-01",)},
    {"unmeasured": ("trade-01",)},
    {"oldest_reading_at": NOW - timedelta(hours=25)},
    {"oldest_reading_at": None},
    {"largest_offset_seconds": 0.6},
    {"largest_offset_seconds": 1.5, "max_offset_seconds": 5.0},
    {"largest_offset_seconds": None},
]


def test_each_fact_breaks_it() -> None:
    """Not defined, not synchronised, not measured, measured too long ago, too far off."""
    codes = try_reading(reading, "4.9", (GOOD,), BREAKS, NOW)
    assert codes == [
        "undefined_yet", "undefined", "too_old", "off", "no_hosts", "unsynchronised", "not_measured", "too_old",
        "not_measured", "off", "off", "not_measured",
    ]  # fmt: skip
