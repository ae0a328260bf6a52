"""4.2: the chosen events are recorded."""

from datetime import UTC, datetime, timedelta

from fanghu.auditlog.facts import EventCatalogue
from fanghu.clauses.a04 import c02_chosen_events_recorded as reading
from tests.clauses.trial import try_reading

NOW = datetime(2026, 11, 22, 4, tzinfo=UTC)
GOOD = EventCatalogue(
    approved_at=NOW - timedelta(days=9),
    chosen=("signin.failed", "signin.succeeded"),
    unrecordable=(),
    unproven=(),
    seen=1,
)
BREAKS = [
    {"approved_at": None},
    {"chosen": ()},
    {"unrecordable": ("door.opened",)},
    {"unproven": ("door.opened",)},
    {"seen": 0},
]


def test_each_fact_breaks_it() -> None:
    """Not decided, not recorded, not shown."""
    codes = try_reading(reading, "4.2", (GOOD,), BREAKS, NOW)
    assert codes == ["undefined", "undefined", "not_recorded", "never_seen", "none_seen"]
