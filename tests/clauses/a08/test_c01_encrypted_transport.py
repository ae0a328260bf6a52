"""8.1: personal and sensitive data are encrypted in transport."""

from datetime import UTC, datetime

from fanghu.clauses.a08 import c01_encrypted_transport as reading
from fanghu.endpoints.facts import ProtectedFlows
from tests.clauses.trial import broken, try_reading

NOW = datetime(2026, 11, 22, 4, tzinfo=UTC)
GOOD = ProtectedFlows(
    flows=3,
    clear=frozenset(),
    weak=frozenset(),
    unprobed=frozenset(),
    records_until=datetime(2026, 11, 21, 16, tzinfo=UTC),
    undeclared=frozenset(),
)
BREAKS = [
    {"clear": frozenset({"orders"})},
    {"weak": frozenset({"orders"})},
    {"undeclared": frozenset({"10.1.2.3 to 192.0.2.7:21"})},
    {"flows": 0},
    {"unprobed": frozenset({"settlement files"})},
    {"records_until": None},
]


def test_each_fact_breaks_it() -> None:
    """Good facts are met; every other way is named."""
    codes = try_reading(reading, "8.1", (GOOD,), BREAKS, NOW)
    assert codes == ["clear_text", "weak", "undeclared", "none_declared", "unprobed", "no_records"]


def test_old_records_tell_nothing_of_today() -> None:
    old = {"records_until": datetime(2026, 11, 1, tzinfo=UTC)}
    assert broken(reading, "8.1", (GOOD,), old, NOW).code == "old_records"


def test_what_is_missing_is_said_in_one_sentence() -> None:
    """All that can be seen from here is good: the one thing missing from outside is named."""
    verdict = broken(reading, "8.1", (GOOD,), {"records_until": None}, NOW)
    assert verdict.kind == "unknown"
    assert "flow records from outside" in str(verdict.message)
