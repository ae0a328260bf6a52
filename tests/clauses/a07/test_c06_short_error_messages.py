"""7.6: users see a short sentence and a code, no detail."""

from datetime import UTC, datetime

from fanghu.clauses.a07 import c06_short_error_messages as reading
from fanghu.endpoints.facts import ErrorPages
from tests.clauses.trial import try_reading

NOW = datetime(2026, 11, 22, 4, tzinfo=UTC)
GOOD = ErrorPages(provoked=6, leaking=frozenset(), without_code=frozenset(), long=frozenset())
BREAKS = [
    {"leaking": frozenset({"page that does not exist: traceback"})},
    {"without_code": frozenset({"foreign host name"})},
    {"long": frozenset({"forged form: 4200"})},
    {"provoked": 0},
]


def test_each_fact_breaks_it() -> None:
    """Good facts are met; every other way is named."""
    codes = try_reading(reading, "7.6", (GOOD,), BREAKS, NOW)
    assert codes == ["detail", "no_code", "long", "none_provoked"]
