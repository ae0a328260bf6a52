"""4.6: room for the log."""

from datetime import UTC, datetime

from fanghu.auditlog.facts import LogStorage
from fanghu.clauses.a04 import c06_log_storage_sufficient as reading
from tests.clauses.trial import judged, try_reading

NOW = datetime(2026, 11, 22, 4, tzinfo=UTC)
GB = 1_000_000_000
GOOD = LogStorage(held_bytes=10 * GB, bytes_per_day=10_000_000, measured_days=30.0, kept_days=1_096, free_bytes=5 * GB)
BREAKS = [
    {"held_bytes": 0},
    {"bytes_per_day": 20_000_000},
    {"bytes_per_day": 0},
    {"measured_days": 0},
    {"kept_days": 0},
    {"kept_days": 3_000},
    {"free_bytes": 1 * GB},
]


def test_each_fact_breaks_it() -> None:
    """More growth, less room, a longer retention; and what must be known to say anything."""
    codes = try_reading(reading, "4.6", (GOOD,), BREAKS, NOW)
    assert codes == [
        "too_little", "too_little", "nothing_added", "no_growth", "no_retention", "too_little", "too_little"
    ]  # fmt: skip


def test_the_answer_says_what_it_rests_on() -> None:
    """1,126 days at 10 MB need 11.26 GB, of which 10 are held; the growth rests on thirty days."""
    said = str(judged(reading, "4.6", (GOOD,), NOW).message)
    assert "1260 MB for 1126 days" in said and "rests on 30.0 days" in said
