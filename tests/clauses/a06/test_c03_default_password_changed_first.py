"""6.3: default passwords are changed before anything else."""

from dataclasses import replace
from datetime import UTC, datetime

from fanghu.accounts.facts import DefaultPasswords
from fanghu.clauses.a06 import c03_default_password_changed_first as reading
from fanghu.regulation import load
from fanghu.testimony import Met
from tests.clauses.trial import try_reading

NOW = datetime(2026, 11, 22, 4, tzinfo=UTC)
GOOD = DefaultPasswords(change_enforced=True, accounts=5, with_default=0, used_otherwise=0)
BREAKS = [
    {"change_enforced": False},
    {"accounts": 0},
    {"with_default": 1, "used_otherwise": 1},
]


def test_each_fact_breaks_it() -> None:
    """An unforced change, or work done with a default password, breaks the duty."""
    assert try_reading(reading, "6.3", (GOOD,), BREAKS, NOW) == ["not_forced", "no_accounts", "went_on"]


def test_a_default_password_not_yet_used_is_no_breach() -> None:
    """An account that has not signed in yet may hold the password it was given; the sentence says so."""
    verdict = reading.judge(load().duties["6.3"], replace(GOOD, with_default=2), NOW)
    assert isinstance(verdict, Met)
    assert verdict.code == "forced_waiting"
