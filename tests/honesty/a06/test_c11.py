"""6.11: faults planted in stored passwords."""

from __future__ import annotations

from collections.abc import Callable

from fanghu.accounts.models import PasswordRecord
from tests.honesty.planting import House, Plant, tried

DUTY = "6.11"
WEAK = "argon2$argon2id$v=19$m=1024,t=1,p=1$c29tZXNhbHQ$aGFzaA"


def store(password: str) -> Callable[[House], object]:
    return lambda house: house.by_hand("UPDATE accounts_account SET password = %s WHERE login_id = 'bob'", password)


def weak_past(house: House) -> None:
    PasswordRecord.objects.create(account=house.people["bob"], password=WEAK, set_at=house.now)


PLANTS = [
    Plant("a password was stored in clear text", store("Quiet-River-7-Stones")),
    Plant("a password was stored as an unsalted digest", store("5f4dcc3b5aa765d61d8327deb882cf99")),
    Plant("a password was hashed with a sixteenth of the memory", store(WEAK)),
    Plant("an earlier password is kept weakly hashed", weak_past),
]
test_a_fault_is_seen = tried(DUTY, PLANTS)
