"""Reading accounts, for apps above."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from allauth.mfa.models import Authenticator
from django.db import connection
from django.db.models import Exists, OuterRef, QuerySet

from fanghu.accounts.canaries import is_canary_of_open_run
from fanghu.accounts.models import Account, StraySignIn
from fanghu.accounts.passwords import policy
from fanghu.accounts.rules import fold_login_id, must_change, why_unusable
from fanghu.shell.rights import Role

FACTORS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)
"""Second factors of their own; a recovery code only stands in for one."""
HELD = "SELECT id, type FROM mfa_authenticator WHERE user_id = %s ORDER BY id"
"""A plain statement: every sign-in asks for this four times over."""
FACTOR_ROLES = (Role.ADMINISTRATOR, Role.OFFICER)


def account_by_login(login_id: str) -> Account | None:
    """The internal account with this login id, whatever its state, or None."""
    return Account.objects.filter(login_id=fold_login_id(login_id), realm=Account.Realm.INTERNAL).first()


def account(account_id: UUID | str) -> Account | None:
    """The account with this id, or None."""
    return Account.objects.filter(pk=account_id).first()


def has_factor(account: Account) -> bool:
    """Whether a second factor stands."""
    return any(kind in FACTORS for _id, kind in factor_rows(account))


def factor_mark(account: Account) -> str:
    """What tells the second factors that stand from any others ("" where none stands)."""
    return ",".join(str(number) for number, _kind in factor_rows(account))


def factor_rows(account: Account) -> list[tuple[int, str]]:
    """Number and kind of each of the account's factors, recovery codes too, in the order they were made."""
    with connection.cursor() as cursor:
        cursor.execute(HELD, [Account._meta.pk.get_db_prep_value(account.pk, connection)])
        return [(int(number), str(kind)) for number, kind in cursor.fetchall()]


def needs_factor(account: Account) -> bool:
    """Whether this account may do nothing without a second factor (administrators 6.2, and officers)."""
    return account.kind == Account.Kind.ADMIN or any(role in account.role_names for role in FACTOR_ROLES)


def change_due(account: Account, now: datetime) -> bool:
    """Whether its password must be changed before anything else."""
    return must_change(flagged=account.must_change_password, set_at=account.password_set_at, policy=policy(), now=now)


def why_not(account: Account, now: datetime) -> str | None:
    """Why it may not be used now (one of ``rules.Unusable``), or None.

    A lent account is used only while checked out, a canary only while its run is open (6.1).
    """
    if account.canary_run and not is_canary_of_open_run(account):
        return "run_over"
    if account.lent and not checked_out(account, now):
        return "not_checked_out"
    return why_unusable(account.state, account.valid_from, account.valid_until, now)


def checked_out(account: Account, now: datetime) -> bool:
    """Whether a person has this lent account now."""
    return account.check_outs.filter(from_at__lte=now, until__gt=now, ended_at=None).exists()


def able(now: datetime) -> QuerySet[Account]:
    """Real accounts that can sign in now."""
    return Account.objects.filter(state=Account.State.ACTIVE, canary_run="", realm=Account.Realm.INTERNAL).exclude(
        valid_until__lte=now
    )


def able_administrator_exists(now: datetime) -> bool:
    """Whether an administrator with a second factor can sign in."""
    factor = Authenticator.objects.filter(user_id=OuterRef("pk"), type__in=FACTORS)
    return able(now).filter(Exists(factor), roles__role=Role.ADMINISTRATOR).exists()


def factor_holders() -> frozenset[UUID]:
    """Ids of the accounts with a second factor."""
    held = Authenticator.objects.filter(type__in=FACTORS)
    return frozenset(held.values_list("user_id", flat=True))


def unsettled_strays() -> int:
    """How many sign-ins nobody stands behind wait for a person; a drill's own are not counted."""
    return StraySignIn.objects.filter(settled_at=None, run="").count()


def strays_of(run_id: str) -> frozenset[str]:
    """Ids of the accounts whose sign-ins in a drill's run were found stray."""
    return (
        frozenset(StraySignIn.objects.filter(run=run_id).values_list("account", flat=True)) if run_id else frozenset()
    )
