"""6.3: faults planted where a default password must be changed first."""

from __future__ import annotations

from fanghu.accounts.models import Account
from fanghu.signin.models import LedgerSession
from tests.honesty.planting import House, Plant, tried

DUTY = "6.3"


def past_the_gate(house: House) -> None:
    """A temporary password's session that is past the change page, as after an edit of the sessions."""
    bob = house.people["bob"]
    LedgerSession.objects.create(
        key_hash="1" * 64, account=bob, place="10.0.0.1", started_at=house.now, seen_at=house.now
    )
    assert house.cell(DUTY).verdict == "met"
    assert house.by_hand("UPDATE accounts_account SET must_change_password = %s WHERE login_id = 'bob'", True) == 1
    assert Account.objects.get(pk=bob.pk).must_change_password


PLANTS = [
    Plant("the middleware that holds a session to the change page was taken out",
          lambda house: house.without("fanghu.signin.ledger.LedgerMiddleware")),
    Plant("a session with a temporary password is past the change page", past_the_gate),
]  # fmt: skip
test_a_fault_is_seen = tried(DUTY, PLANTS)
