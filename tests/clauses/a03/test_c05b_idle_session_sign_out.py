"""3.5b: sessions end by themselves."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from fanghu.access.facts import SessionEnding
from fanghu.clauses.a03 import c05b_idle_session_sign_out as reading
from tests.clauses.trial import judged, try_reading

NOW = datetime(2026, 11, 22, 4, tzinfo=UTC)
GOOD = SessionEnding(
    idle_minutes=15.0, longest_hours=None, swept_at=NOW - timedelta(seconds=20), sweep_minutes=3.0, overdue=0
)
BREAKS = [
    {"idle_minutes": None},
    {"overdue": 2},
    {"swept_at": None},
    {"swept_at": NOW - timedelta(minutes=4)},
    {"sweep_minutes": 0.1},
    {"idle_minutes": None, "longest_hours": None},
]


def test_each_fact_breaks_it() -> None:
    """Good facts are met; every other way is named."""
    codes = try_reading(reading, "3.5b", (GOOD,), BREAKS, NOW)
    assert codes == ["endless", "overdue", "never_swept", "not_swept", "not_swept", "endless"]


def test_a_longest_use_alone_is_enough() -> None:
    """The text asks for one of the two."""
    assert judged(reading, "3.5b", (replace(GOOD, idle_minutes=None, longest_hours=8.0),), NOW).code == "ends"
