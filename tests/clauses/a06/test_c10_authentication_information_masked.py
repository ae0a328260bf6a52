"""6.10: what sign-in shows and returns is masked."""

from datetime import UTC, datetime

from fanghu.clauses.a06 import c10_authentication_information_masked as reading
from fanghu.signin.facts import MaskedSignIn
from tests.clauses.trial import try_reading

NOW = datetime(2026, 11, 22, 4, tzinfo=UTC)
GOOD = MaskedSignIn(shown_fields=frozenset(), deadline_ms=250, unlike_locks=0)
BREAKS = [
    {"shown_fields": frozenset({"SignInForm.password"})},
    {"deadline_ms": 0},
    {"unlike_locks": 1},
]


def test_each_fact_breaks_it() -> None:
    """Good facts are met; every other way is named."""
    assert try_reading(reading, "6.10", (GOOD,), BREAKS, NOW) == ["shown", "time_tells", "lock_tells"]
