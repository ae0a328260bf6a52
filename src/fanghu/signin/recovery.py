"""Recovery codes: ten, each good once in place of a second factor; kept only as keyed hashes bound to the account.

allauth keeps a seed from which all codes can be read again; ours cannot be read by anybody after they were shown.
"""

from __future__ import annotations

import hmac
import secrets
from datetime import datetime
from typing import TYPE_CHECKING

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.db import transaction

from fanghu.events.actions import record
from fanghu.events.doer import Doer
from fanghu.faults import Fault
from fanghu.signin.factors import RECOVERY, Trial, Used, factors_of

if TYPE_CHECKING:
    from fanghu.accounts.reading import Account

COUNT, LENGTH, FEW = 10, 10, 3
ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"


def make_codes(account: Account, *, by: Doer, now: datetime) -> list[str]:
    """Ten fresh codes of 49 bits in place of any older ones, to be shown once.

    Raises Fault FH-SGN-43 while no second factor stands that they could stand in for.
    """
    codes = ["".join(secrets.choice(ALPHABET) for _letter in range(LENGTH)) for _number in range(COUNT)]
    with transaction.atomic():
        if not factors_of(account):
            raise Fault(
                "FH-SGN-43",
                "Recovery codes stand in for a second factor; set one up first.",
                "復原碼用以代替第二因素；請先設定第二因素。",
            )
        older, _kinds = Authenticator.objects.filter(user_id=account.pk, type=RECOVERY).delete()
        Authenticator.objects.create(
            user_id=account.pk,
            type=RECOVERY,
            data={"codes": [_hash(account, code) for code in codes]},
            created_at=now,
        )
        record(
            "recovery_codes.made",
            by=by,
            now=now,
            object_=f"account:{account.pk}",
            detail={"count": COUNT, "renewed": bool(older)},
        )
    return [f"{code[:5]}-{code[5:]}" for code in codes]


def codes_left(account: Account) -> int | None:
    """How many codes are unused; None where none were ever made."""
    row = Authenticator.objects.filter(user_id=account.pk, type=RECOVERY).first()
    return None if row is None else len(row.data["codes"])


def by_recovery_code(typed: str) -> Trial:
    """The trial of a typed recovery code; a right one is used up."""

    def trial(account: Account, now: datetime) -> Used | None:
        given = _hash(account, fold(typed))
        with transaction.atomic():
            row = Authenticator.objects.select_for_update().filter(user_id=account.pk, type=RECOVERY).first()
            held = row.data["codes"] if row is not None else []
            left = [kept for kept in held if not hmac.compare_digest(kept, given)]
            if row is None or len(left) == len(held):
                return None
            row.data["codes"] = left
            row.last_used_at = now
            row.save(update_fields=["data", "last_used_at"])
        return Used(str(RECOVERY), {"recovery_codes_left": len(left)})

    return trial


def fold(typed: str) -> str:
    """One spelling of a code: lower case, without spaces and hyphens."""
    return "".join(letter for letter in typed.lower() if not letter.isspace() and letter != "-")


def _hash(account: Account, code: str) -> str:
    return str(settings.CUSTODY.keyed_hash("recovery-code", f"{account.pk}:{code}"))
