"""Two at the same moment: a code is still good once, and the last factor still stays (PostgreSQL's run tries this)."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.db import connection

from fanghu.faults import Fault
from fanghu.signin.attempts import attempt_factor
from fanghu.signin.factors import remove_factor
from fanghu.signin.passkeys import add_passkey, ask_new
from fanghu.signin.recovery import by_recovery_code, codes_left, make_codes
from tests.signin.soft_key import SoftKey
from tests.signin.test_locks import BY
from tests.signin.test_passkeys import PARTY

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*deeds: Callable[[], Any]) -> list[Any]:
    """Do all of them at the same time; what each gave, or the code of its fault."""
    if connection.vendor == "sqlite" and connection.is_in_memory_db():
        pytest.skip("a database in memory has no locks to wait for; PostgreSQL's run tries this")

    def do(deed: Callable[[], Any]) -> Any:
        try:
            return deed()
        except Fault as fault:
            return fault.code
        finally:
            connection.close()

    with ThreadPoolExecutor(len(deeds)) as pool:
        return list(pool.map(do, deeds))


def test_one_recovery_code_opens_one_session(cast: dict[str, Any]) -> None:
    now = datetime.now(UTC)
    code = make_codes(cast["erin"], by=BY, now=now)[0]
    used = at_once(*[lambda: attempt_factor(cast["erin"], by_recovery_code(code), by=BY, now=now)] * 3)
    assert sum(one is not None for one in used) == 1
    assert codes_left(cast["erin"]) == 9


def test_of_two_factors_removed_at_once_one_stays(cast: dict[str, Any]) -> None:
    erin, now, key = cast["erin"], datetime.now(UTC), SoftKey()
    options, state = ask_new(erin, PARTY)
    assert add_passkey(erin, "key", key.made(options), state, PARTY, by=BY, now=now)
    first, second = Authenticator.objects.filter(user_id=erin.pk).values_list("pk", flat=True)
    told = at_once(
        lambda: remove_factor(erin, first, PARTY, by=BY, now=now),
        lambda: remove_factor(erin, second, PARTY, by=BY, now=now),
    )
    assert sorted(map(str, told)) == ["FH-SGN-40", "True"]
    assert Authenticator.objects.filter(user_id=erin.pk).count() == 1
