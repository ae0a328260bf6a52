"""4.3: what administrators do, and who looks through it day by day."""

from datetime import UTC, datetime, timedelta

from fanghu.clauses.a04 import c03_administrator_deeds_reviewed_daily as reading
from fanghu.reviews.facts import AdminRecords, AdminReview
from tests.clauses.trial import try_reading

NOW = datetime(2026, 11, 22, 4, tzinfo=UTC)
RECORDS = AdminRecords(read_at=NOW - timedelta(minutes=1), entries_behind=3, altered=0, deeds=40, silent=())
REVIEW = AdminReview(days=90, signed=88, missed=(), added_late=(), own_deeds=0, findings_left=0)
GOOD = (RECORDS, REVIEW)
BREAKS = [
    {"read_at": None},
    {"read_at": NOW - timedelta(days=2)},
    {"entries_behind": 1_000_001},
    {"altered": 1},
    {"silent": ("alice",)},
    {"missed": ("2026-11-19",)},
    {"added_late": ("2026-11-19",)},
    {"own_deeds": 1},
    {"findings_left": 1},
    {"deeds": 0},
    {"signed": 0},
    {"days": 0},
]


def test_each_fact_breaks_it() -> None:
    """One missed day is enough; an empty log shows nothing."""
    codes = try_reading(reading, "4.3", GOOD, BREAKS, NOW)
    assert codes == [
        "not_read", "not_lately", "not_lately", "altered", "not_recorded", "missed", "added_late", "own_deeds",
        "findings_left", "none_seen", "none_signed", "none_signed",
    ]  # fmt: skip
