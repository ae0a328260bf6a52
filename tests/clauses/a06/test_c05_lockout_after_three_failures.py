"""6.5: three failures lock for fifteen minutes."""

from datetime import UTC, datetime

from fanghu.clauses.a06 import c05_lockout_after_three_failures as reading
from fanghu.signin.facts import Lockout
from tests.clauses.trial import try_reading

NOW = datetime(2026, 11, 22, 4, tzinfo=UTC)
GOOD = Lockout(
    failures_allowed=3,
    lock_minutes=15,
    counts_since_success=True,
    exempt=frozenset(),
    shortest_lock=15.0,
    accepted_while_locked=0,
)
BREAKS = [
    {"failures_allowed": 4},
    {"lock_minutes": 14},
    {"counts_since_success": False},
    {"exempt": frozenset({"root"})},
    {"shortest_lock": 14.9},
    {"accepted_while_locked": 1},
]


def test_each_fact_breaks_it() -> None:
    """Good facts are met; every other way is named."""
    codes = try_reading(reading, "6.5", (GOOD,), BREAKS, NOW)
    assert codes == ["too_many", "too_short", "window", "exempt", "ended_early", "let_in"]
