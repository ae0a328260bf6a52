"""6.4: authentication data never cross the wire in clear text."""

from datetime import UTC, datetime

from fanghu.clauses.a06 import c04_no_clear_text_authentication as reading
from fanghu.endpoints.facts import AuthenticationPaths
from tests.clauses.trial import try_reading

NOW = datetime(2026, 11, 22, 4, tzinfo=UTC)
GOOD = AuthenticationPaths(
    paths=2,
    unencrypted=frozenset(),
    clear_answers=frozenset(),
    weak=frozenset(),
    untrusted=frozenset(),
    cookies=frozenset(),
    without_hsts=frozenset(),
)
BREAKS = [
    {"unencrypted": frozenset({"10.1.2.3:389"})},
    {"clear_answers": frozenset({"10.1.2.3:8080"})},
    {"weak": frozenset({"10.1.2.3:443 TLS 1.0"})},
    {"untrusted": frozenset({"10.1.2.3:443"})},
    {"cookies": frozenset({"10.1.2.3:443 session: Secure"})},
    {"without_hsts": frozenset({"10.1.2.3:443"})},
    {"paths": 0},
]


def test_each_fact_breaks_it() -> None:
    """Good facts are met; every other way is named."""
    codes = try_reading(reading, "6.4", (GOOD,), BREAKS, NOW)
    assert codes == ["clear_text", "clear_port", "weak", "untrusted", "cookies", "no_hsts", "none_declared"]
