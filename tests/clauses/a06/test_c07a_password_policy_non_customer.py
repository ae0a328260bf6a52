"""6.7: passwords of non-customer accounts."""

from datetime import UTC, datetime

from fanghu.accounts.facts import PasswordAges, PasswordPolicyInForce
from fanghu.clauses.a06 import c07a_password_policy_non_customer as reading
from tests.clauses.trial import try_reading

NOW = datetime(2026, 11, 22, 4, tzinfo=UTC)
GOOD = (
    PasswordPolicyInForce(
        enforced=True,
        max_age_months=3,
        min_age_days=1,
        history=3,
        min_length=12,
        min_classes=3,
        deny_list_size=19_640,
    ),
    PasswordAges(accounts=5, over_age=0, without_date=0, changed_too_soon=0, reused=0),
)
BREAKS = [
    {"enforced": False},
    {"max_age_months": 4},
    {"min_age_days": 0},
    {"history": 2},
    {"min_length": 11},
    {"min_classes": 2},
    {"deny_list_size": 0},
    {"accounts": 0},
    {"over_age": 1},
    {"without_date": 1},
    {"changed_too_soon": 1},
    {"reused": 1},
]


def test_each_fact_breaks_it() -> None:
    """Every rule weaker than asked, an empty population, and every way a password in use can break them."""
    codes = try_reading(reading, "6.7a", GOOD, BREAKS, NOW)
    assert codes == [
        "not_enforced",
        *["weaker_rules"] * 5,
        "nothing_denied",
        "no_passwords",
        "over_age",
        "without_date",
        "too_soon",
        "reused",
    ]
