"""4.8: times map to UTC."""

from datetime import UTC, datetime

from fanghu.auditlog.facts import TimeStamps
from fanghu.clauses.a04 import c08_timestamps_map_to_utc as reading
from tests.clauses.trial import try_reading

NOW = datetime(2026, 11, 22, 4, tzinfo=UTC)
GOOD = TimeStamps(records=1_000, without_offset=0, largest_lead_seconds=0.5, median_lag_seconds=0.9)
BREAKS = [
    {"records": 0},
    {"without_offset": 1},
    {"largest_lead_seconds": 61.0},
    {"median_lag_seconds": 61.0},
    {"median_lag_seconds": -61.0},
]


def test_each_fact_breaks_it() -> None:
    """A zone nobody stated, a clock that runs ahead, a clock that runs behind."""
    codes = try_reading(reading, "4.8", (GOOD,), BREAKS, NOW)
    assert codes == ["no_records", "zone_assumed", "ahead", "behind", "behind"]
