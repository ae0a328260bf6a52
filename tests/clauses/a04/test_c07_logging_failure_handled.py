"""4.7: logging watched, failures answered."""

from datetime import UTC, datetime, timedelta

from fanghu.clauses.a04 import c07_logging_failure_handled as reading
from fanghu.intake.facts import LogWatch
from tests.clauses.trial import changed, judged, try_reading

NOW = datetime(2026, 11, 22, 4, tzinfo=UTC)
GOOD = LogWatch(
    watched_at=NOW - timedelta(seconds=20), sources=3, unwatched=(), failing=0, silent_gaps=0, unanswered=0, unclosed=0,
    untold=0, closed=2, ways=("mail",),
)  # fmt: skip
BREAKS = [
    {"watched_at": None},
    {"watched_at": NOW - timedelta(minutes=6)},
    {"silent_gaps": 1},
    {"unanswered": 1},
    {"unclosed": 1},
    {"ways": ()},
    {"untold": 1},
    {"unwatched": ("trading-db",)},
    {"sources": 0},
    {"failing": 1, "unanswered": 1},
    {"closed": 9, "unclosed": 1},
]


def test_each_fact_breaks_it() -> None:
    codes = try_reading(reading, "4.7", (GOOD,), BREAKS, NOW)
    assert codes == [
        "not_yet", "not_watching", "no_alarm", "unanswered", "unclosed", "no_way", "untold", "undeclared", "no_source",
        "unanswered", "unclosed",
    ]  # fmt: skip


def test_a_failure_that_people_were_told_of_does_not_break_it() -> None:
    """The duty is to watch and to act; the answer says that something fails."""
    said = judged(reading, "4.7", changed((GOOD,), {"failing": 2}), NOW)
    assert said.code == "answered" and "with their alarms: 2" in str(said.message)
