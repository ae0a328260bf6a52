"""4.1: recording cycle and three years' retention."""

from datetime import UTC, datetime, timedelta

from fanghu.auditlog.facts import LogSpan, RetentionPolicy
from fanghu.clauses.a04 import c01_log_retention_three_years as reading
from tests.clauses.trial import judged, try_reading

NOW = datetime(2026, 11, 22, 4, tzinfo=UTC)
GOOD = (
    RetentionPolicy(approved_at=NOW - timedelta(days=9), cycle="daily", kept_days=1_096),
    LogSpan(records=1_000, oldest_at=NOW - timedelta(days=9), missing=0, gaps=0),
)
BREAKS = [
    {"approved_at": None},
    {"cycle": ""},
    {"kept_days": 1_095},
    {"records": 0},
    {"oldest_at": None},
    {"missing": 1},
    {"gaps": 1},
    {"shortest_kept_days": 1_095.9},
]


def test_each_fact_breaks_it() -> None:
    """What the firm has not set, set too short, lost, or cannot show."""
    codes = try_reading(reading, "4.1", GOOD, BREAKS, NOW)
    assert codes == [
        "undefined",
        "undefined",
        "too_short",
        "no_records",
        "no_records",
        "missing",
        "gaps",
        "let_go_early",
    ]


def test_a_young_log_says_how_far_back_it_goes() -> None:
    """Nine days of records are no breach of three years' retention; the answer names the oldest."""
    assert "2026-11-13" in str(judged(reading, "4.1", GOOD, NOW).message)
