"""Holders choose a new password themselves: while signed in, where one is due, or through a link for a lost sign-in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from allauth.mfa.models import Authenticator
from django.contrib.auth.hashers import make_password
from django.db import transaction

from fanghu.accounts import rules
from fanghu.accounts.actions import Refused, end_and_tell, taken
from fanghu.accounts.models import Account, PasswordRecord
from fanghu.accounts.passwords import faults_of, policy
from fanghu.events.doer import Doer
from fanghu.events.schema import Detail

if TYPE_CHECKING:
    from fanghu.testimony import Message

KEPT_PASSWORDS = 12


def change_password(
    account_id: UUID, new: str, *, by: Doer, now: datetime, keep_session: str = "", forced: bool = False
) -> Account:
    """The holder chooses a new password; other sessions end. Raises Refused FH-ACC-13 with every reason."""
    account = Account.objects.get(pk=account_id)
    old = account.password
    young = None if forced else rules.too_young(account.password_set_at, policy(), now)
    hashed = _accepted(account, new, young)
    with transaction.atomic():
        account = taken(account_id)
        if account.password != old:  # somebody changed or reset it meanwhile: the checks above no longer hold
            raise Refused(
                "FH-ACC-14", "The password was changed meanwhile; sign in again.", "密碼已同時被變更；請重新登入。"
            )
        _set(account, hashed, now, forced=forced)
        end_and_tell(
            "password.changed", account, "password_changed", {"forced": forced}, by=by, now=now, keep=keep_session
        )
    return account


def recover_sign_in(
    account_id: UUID, new: str, *, within: Callable[[], Mapping[str, Detail]], by: Doer, now: datetime
) -> Account:
    """Through a link made on the machine: a new password, the lost factor removed, sessions ended; ``within`` spends the link.

    Raises Refused FH-ACC-13 with every reason.
    """
    hashed = _accepted(Account.objects.get(pk=account_id), new)
    with transaction.atomic():
        detail = within()
        account = taken(account_id)
        Authenticator.objects.filter(user_id=account.pk).delete()
        account.factor_reset_at, account.factor_reset_by_person_id = now, None
        _set(account, hashed, now, forced=True)
        end_and_tell("account.sign_in_recovered", account, "sign_in_recovered", detail, by=by, now=now)
    return account


def _accepted(account: Account, new: str, young: Message | None = None) -> str:
    """The hash of a password that the policy takes."""
    wrong = faults_of(new, account, login_id=account.login_id, name=account.display_name)
    if young is not None:
        wrong.append(young)
    if wrong:
        raise Refused(
            "FH-ACC-13", f"The password cannot be changed: {wrong[0]}", "密碼無法變更；請依說明修正。", reasons=wrong
        )
    return make_password(new)


def _set(account: Account, hashed: str, now: datetime, *, forced: bool) -> None:
    """Save the account with its new password, and remember as many old ones as the policy asks for."""
    account.password, account.password_set_at, account.must_change_password = hashed, now, False
    account.save()
    PasswordRecord.objects.create(account=account, password=hashed, set_at=now, forced=forced)
    kept = max(KEPT_PASSWORDS, policy().history + 1)
    stale = account.passwords.order_by("-set_at", "-pk").values_list("pk", flat=True)[kept:]
    PasswordRecord.objects.filter(pk__in=list(stale)).delete()
