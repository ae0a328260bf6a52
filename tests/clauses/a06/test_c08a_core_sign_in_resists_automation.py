"""6.8a: robots get nowhere at sign-in and password change."""

from datetime import UTC, datetime

from fanghu.clauses.a06 import c08a_core_sign_in_resists_automation as reading
from fanghu.signin.facts import Automation
from tests.clauses.trial import try_reading

NOW = datetime(2026, 11, 22, 4, tzinfo=UTC)
GOOD = Automation(
    addresses=frozenset({"sign-in", "change"}),
    open_to_robots=frozenset(),
    first_cost=200_000,
    dearer=8,
    used_once=True,
    source_attempts=20,
    source_minutes=10.0,
    let_in_without=0,
)
BREAKS = [
    {"addresses": frozenset()},
    {"open_to_robots": frozenset({"change"})},
    {"first_cost": 0},
    {"dearer": 1},
    {"used_once": False},
    {"source_attempts": None},
    {"source_minutes": 0.0},
    {"let_in_without": 1},
]


def test_each_fact_breaks_it() -> None:
    """Good facts are met; every other way is named."""
    codes = try_reading(reading, "6.8a", (GOOD,), BREAKS, NOW)
    assert codes == [
        "no_addresses", "open_to_robots", "free", "flat", "replayed", "no_source_limit", "no_source_limit", "let_in",
    ]  # fmt: skip
