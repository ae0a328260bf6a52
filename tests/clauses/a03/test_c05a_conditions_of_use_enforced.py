"""3.5a: decided everywhere, and use has kept to it."""

from datetime import UTC, datetime

from fanghu.access.facts import ConditionEnforcement
from fanghu.clauses.a03 import c05a_conditions_of_use_enforced as reading
from tests.clauses.trial import try_reading

NOW = datetime(2026, 11, 22, 4, tzinfo=UTC)
GOOD = ConditionEnforcement(defined=True, at_sign_in=True, on_every_request=True, used_outside=0, open_outside=0)
BREAKS = [
    {"on_every_request": False},
    {"at_sign_in": False},
    {"used_outside": 1},
    {"open_outside": 1},
    {"defined": False},
]


def test_each_fact_breaks_it() -> None:
    """Good facts are met; every other way is named."""
    codes = try_reading(reading, "3.5a", (GOOD,), BREAKS, NOW)
    assert codes == ["not_each_request", "not_at_sign_in", "used_outside", "open_outside", "undefined"]
