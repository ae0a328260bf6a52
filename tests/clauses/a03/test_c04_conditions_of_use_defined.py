"""3.4: approved conditions, each kind a value or an explicit "no limit"."""

from datetime import UTC, datetime

from fanghu.access.facts import UseConditions
from fanghu.clauses.a03 import c04_conditions_of_use_defined as reading
from tests.clauses.trial import try_reading

NOW = datetime(2026, 11, 22, 4, tzinfo=UTC)
GOOD = UseConditions(version=2, approved_apart=True, as_approved=True, undefined=frozenset(), use_ends=True)
BREAKS = [
    {"version": 0},
    {"approved_apart": False},
    {"as_approved": False},
    {"undefined": frozenset({"hours"})},
    {"use_ends": False},
]


def test_each_fact_breaks_it() -> None:
    """Good facts are met; every other way is named."""
    codes = try_reading(reading, "3.4", (GOOD,), BREAKS, NOW)
    assert codes == ["undefined", "not_approved", "altered", "kinds_missing", "endless"]
