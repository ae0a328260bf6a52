"""6.11: stored passwords are encrypted or hashed."""

from datetime import UTC, datetime

from fanghu.accounts.facts import StoredPasswords
from fanghu.clauses.a06 import c11_passwords_stored_hashed as reading
from tests.clauses.trial import try_reading

NOW = datetime(2026, 11, 22, 4, tzinfo=UTC)
GOOD = StoredPasswords(census=(("argon2id m=19456 t=2 p=1", 7),), clear_text=0, weak=0, history_weak=0)
BREAKS = [
    {"census": ()},
    {"clear_text": 1},
    {"weak": 1},
    {"history_weak": 1},
]


def test_each_fact_breaks_it() -> None:
    """Clear text, a cheap hash, now or in the past; and an empty census shows nothing."""
    codes = try_reading(reading, "6.11", (GOOD,), BREAKS, NOW)
    assert codes == ["none_stored", "clear_text", "weak", "weak_history"]
