"""4.2: the chosen events are recorded."""

from datetime import UTC, datetime, timedelta

from fanghu.auditlog.facts import EventCatalogue
from fanghu.clauses.a04 import c02_chosen_events_recorded as reading
from fanghu.intake.facts import LogWays
from fanghu.testimony import Met
from tests.clauses.trial import changed, judged, try_reading

NOW = datetime(2026, 11, 22, 4, tzinfo=UTC)
GOOD = (
    EventCatalogue(
        approved_at=NOW - timedelta(days=9),
        chosen=("signin.failed", "signin.succeeded"),
        unrecordable=(),
        unproven=(),
        seen=1,
    ),
    LogWays(ways_in=("HTTPS", "syslog/TLS"), lost_ways=(), traced_at=NOW - timedelta(hours=2)),
)
BREAKS = [
    {"approved_at": None},
    {"chosen": ()},
    {"unrecordable": ("door.opened",)},
    {"unproven": ("door.opened",)},
    {"seen": 0},
    {"lost_ways": ("HTTPS",)},
    {"traced_at": None},
    {"ways_in": ("file",), "traced_at": NOW - timedelta(hours=4)},
]


def test_each_fact_breaks_it() -> None:
    """Not decided, not recorded, not shown, lost on the way in, not tried."""
    codes = try_reading(reading, "4.2", GOOD, BREAKS, NOW)
    assert codes[:5] == ["undefined", "undefined", "not_recorded", "never_seen", "none_seen"]
    assert codes[5:] == ["way_lost", "not_traced", "traced_long_ago"]


def test_a_system_that_sends_nothing_in_needs_no_canary() -> None:
    """Fanghu's own events come by no way in."""
    assert isinstance(judged(reading, "4.2", changed(GOOD, {"ways_in": (), "traced_at": None}), NOW), Met)
