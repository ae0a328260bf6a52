"""4.4: logs looked through at the period that the firm has set."""

from datetime import UTC, datetime, timedelta

from fanghu.clauses.a04 import c04_log_reviewed_periodically as reading
from fanghu.reviews.facts import LogReviews
from fanghu.testimony import NotMet, Unknown
from tests.clauses.trial import judged, try_reading

NOW = datetime(2026, 11, 22, 4, tzinfo=UTC)
DAY = timedelta(days=1)
GOOD = LogReviews(
    period_approved_at=NOW - 200 * DAY,
    asked_days=31,
    registered_at=NOW - 10 * DAY,
    signed_on=NOW - 20 * DAY,
    days_left_out=0,
)
BREAKS = [
    {"period_approved_at": None},
    {"period_approved_at": None, "registered_at": NOW - 31 * DAY},
    {"asked_days": 0},
    {"asked_days": 14},
    {"signed_on": NOW - 33 * DAY},
    {"signed_on": None},
    {"days_left_out": 1},
]


def test_each_fact_breaks_it() -> None:
    """The firm's own period counts where it is the shorter."""
    codes = try_reading(reading, "4.4", (GOOD,), BREAKS, NOW)
    assert codes == ["undefined_yet", "undefined", "undefined_yet", "overdue", "overdue", "overdue", "left_out"]


def test_the_first_review_may_wait_one_period() -> None:
    fresh = LogReviews(NOW - 5 * DAY, 31, NOW - 90 * DAY, None, 0)
    assert isinstance(judged(reading, "4.4", (fresh,), NOW), Unknown)
    never = LogReviews(NOW - 33 * DAY, 31, NOW - 90 * DAY, None, 0)
    assert isinstance(judged(reading, "4.4", (never,), NOW), NotMet)
