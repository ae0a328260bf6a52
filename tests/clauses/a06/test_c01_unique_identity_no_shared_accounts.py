"""6.1: one holder for each account, a person behind each sign-in."""

from datetime import UTC, datetime, timedelta

from fanghu.accounts.facts import Identities
from fanghu.clauses.a06 import c01_unique_identity_no_shared_accounts as reading
from tests.clauses.trial import try_reading

NOW = datetime(2026, 11, 22, 4, tzinfo=UTC)
GOOD = Identities(
    accounts=5,
    same_id=0,
    without_holder=0,
    shared=0,
    overdue=0,
    loose_canaries=0,
    log_read_at=NOW - timedelta(minutes=1),
    unmatched=0,
    unopened_sessions=0,
    strays=0,
)
BREAKS = [
    {"same_id": 1},
    {"without_holder": 1},
    {"shared": 1},
    {"overdue": 1},
    {"loose_canaries": 1},
    {"strays": 1},
    {"unopened_sessions": 1},
    {"accounts": 0},
    {"log_read_at": None},
    {"log_read_at": NOW - timedelta(minutes=61)},
    {"unmatched": 1},
]


def test_each_fact_breaks_it() -> None:
    """Good facts are met; every other way is named."""
    codes = try_reading(reading, "6.1", (GOOD,), BREAKS, NOW)
    assert codes == [
        "same_id", "no_holder", "shared", "overdue", "loose_canaries", "strays", "unopened",
        "no_accounts", "log_unread", "log_read_long_ago", "unmatched",
    ]  # fmt: skip
