"""6.2: administrators over the internet give more than a password."""

from datetime import UTC, datetime, timedelta

from fanghu.accounts.facts import AdministratorFactors
from fanghu.clauses.a06 import c02_administrators_over_internet_use_mfa as reading
from fanghu.testimony import Unknown
from tests.clauses.trial import broken, try_reading

NOW = datetime(2026, 11, 22, 4, tzinfo=UTC)
GOOD = AdministratorFactors(
    administrators=2,
    factors_asked=2,
    unguarded=frozenset(),
    signed_in_without=0,
    tried_from_outside_at=NOW - timedelta(days=1),
)
BREAKS = [
    {"unguarded": frozenset({"vpn"})},
    {"factors_asked": 1},
    {"signed_in_without": 1},
    {"administrators": 0},
    {"tried_from_outside_at": None},
]


def test_each_fact_breaks_it() -> None:
    """Good facts are met; every other way is named."""
    codes = try_reading(reading, "6.2", (GOOD,), BREAKS, NOW)
    assert codes == ["password_alone", "too_few", "went_without", "no_administrators", "no_outside_probe"]


def test_without_an_outside_probe_it_is_unknown_and_says_what_is_missing() -> None:
    verdict = broken(reading, "6.2", (GOOD,), {"tried_from_outside_at": None}, NOW)
    assert isinstance(verdict, Unknown)
    assert "a probe outside the firm's network is missing" in str(verdict.message)
