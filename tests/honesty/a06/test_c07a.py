"""6.7a: faults planted in passwords and their rules."""

from __future__ import annotations

from datetime import timedelta

from fanghu.accounts.models import PasswordRecord
from tests.cast import hashed
from tests.honesty.planting import House, Plant, tried

DUTY = "6.7a"


def used_again(house: House) -> None:
    for days in (30, 10):
        PasswordRecord.objects.create(
            account=house.people["bob"], password=hashed(), set_at=house.now - timedelta(days=days)
        )


def twice_in_a_day(house: House) -> None:
    for hours, password in ((3, "argon2$a"), (1, "argon2$b")):
        PasswordRecord.objects.create(
            account=house.people["bob"], password=password, set_at=house.now - timedelta(hours=hours)
        )


PLANTS = [
    Plant("the middleware that asks for a change of an old password was taken out",
          lambda house: house.without("fanghu.signin.ledger.LedgerMiddleware")),
    Plant("the date of a password was erased by hand",
          lambda house: house.by_hand("UPDATE accounts_account SET password_set_at = NULL WHERE login_id = 'bob'")),
    Plant("a password was put back that had been used before", used_again),
    Plant("a password was changed twice within a day", twice_in_a_day),
]  # fmt: skip
test_a_fault_is_seen = tried(DUTY, PLANTS)
