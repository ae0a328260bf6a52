"""6.8a: faults planted in what keeps robots from trying."""

from __future__ import annotations

from datetime import timedelta

from fanghu.signin.models import LedgerSession
from tests.honesty.planting import House, Plant, tried

DUTY = "6.8a"


def page_without_challenge(house: House) -> None:
    from fanghu.signin import enrolment
    from fanghu.signin.urls import urlpatterns

    page = next(pattern for pattern in urlpatterns if pattern.name == "enrol")
    guarded = page.callback
    house.undo.append(lambda: setattr(page, "callback", guarded))
    page.callback = enrolment.enrol


def free_challenge(house: House) -> None:
    house.setting("FANGHU_PROOF_COST", 0)


def without_proof(house: House) -> None:
    moment = house.now - timedelta(hours=3)
    LedgerSession.objects.create(
        key_hash="2" * 64, account=house.people["bob"], place="192.0.2.7", methods=["password"],
        started_at=moment, seen_at=moment,
    )  # fmt: skip


def proofs_forgotten(house: House) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE signin_spentproof RENAME TO signin_spentproof_before")
        cursor.execute("CREATE TABLE signin_spentproof AS SELECT * FROM signin_spentproof_before")


PLANTS = [
    Plant("a page that sets a password forgets the challenge", page_without_challenge, "open_to_robots"),
    Plant("the challenge is set to cost nothing", free_challenge, "free"),
    Plant("a session begins by password although no challenge was answered", without_proof, "let_in"),
    Plant("the table of used proofs takes the same one twice", proofs_forgotten, "replayed"),
]
test_a_fault_is_seen = tried(DUTY, PLANTS)
