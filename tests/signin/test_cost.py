"""Every attempt let through costs exactly one password hash, whoever it names; one refused by a lock costs none (6.10)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from fanghu.accounts.actions import disable_account
from fanghu.events.doer import KEEPER, Doer
from fanghu.signin.attempts import attempt_password
from fanghu.signin.hashers import OwaspArgon2
from tests.cast import PASSWORD, add_account

BY = Doer("console")


class Counting(OwaspArgon2):
    """The hasher in use, which also counts its checks."""

    checks = 0

    def verify(self, password: str, encoded: str) -> bool:
        """Count, and check as always."""
        type(self).checks += 1
        return bool(super().verify(password, encoded))


@pytest.fixture
def counted(settings: Any) -> type[Counting]:
    """Passwords are checked by the counting hasher."""
    settings.PASSWORD_HASHERS = [f"{Counting.__module__}.Counting"]
    return Counting


def test_one_hash_whatever_the_reason(cast: dict[str, Any], counted: type[Counting]) -> None:
    now = datetime.now(UTC)
    disable_account(cast["dave"].pk, "left", by=KEEPER, now=now)
    add_account("nopass", None, factor=False)
    cast["carol"].set_unusable_password()
    cast["carol"].save()
    attempt_password("first-of-all", "warms up the hash that nobody has", by=BY, now=now)
    ways = [
        ("bob", PASSWORD),
        ("erin", PASSWORD),
        ("bob", "wrong"),
        ("stranger", "wrong"),
        ("dave", PASSWORD),
        ("carol", "wrong"),
        ("bob", "x" * 5_000),
        ("bob", "third"),
        ("x" * 5_000, "wrong"),
    ]
    seen = []
    for login_id, password in ways:
        before = counted.checks
        attempt_password(login_id, password, by=BY, now=now)
        seen.append(counted.checks - before)
    assert seen == [1] * len(ways)
    before = counted.checks
    assert attempt_password("bob", PASSWORD, by=BY, now=now) is None, "locked by now"
    assert counted.checks == before
