"""Canary accounts: made by a drill, marked with its run, removed with every trace."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.contrib.auth.hashers import make_password
from django.db import transaction

from fanghu.accounts.models import Account, AccountRole, PasswordRecord, StraySignIn
from fanghu.accounts.passwords import temporary
from fanghu.accounts.runs import run_is_open
from fanghu.accounts.signals import canaries_removed
from fanghu.events.actions import record
from fanghu.events.doer import Doer
from fanghu.shell.rights import Role


def make_canary(
    run_id: str,
    label: str,
    *,
    password: str = "",
    must_change: bool = False,
    roles: Iterable[Role] = (),
    lent: bool = False,
    signs_in: bool = True,
    password_set_at: datetime | None = None,
    past: Iterable[str] = (),
    by: Doer,
    now: datetime,
) -> tuple[Account, str]:
    """Make an account for a drill, marked with its run; return it with its password. Safe to repeat.

    It has no right but those of ``roles``, and those only while its run is open. A sign-in of one made with
    ``signs_in`` false is a stray (6.1); a ``lent`` one is used by check-out only. ``past`` are passwords it has had,
    the newest first.
    """
    given = password or temporary()
    hashed, set_at = make_password(given), password_set_at or now
    had = [make_password(old) for old in past]
    with transaction.atomic():
        account, new = Account.objects.update_or_create(
            login_id=f"canary-{label}-{run_id[:12]}".lower(),
            canary_run=run_id,
            defaults={"password": hashed, "must_change_password": must_change, "password_set_at": set_at},
            create_defaults={
                "password": hashed,
                "display_name": f"canary {label}",
                "valid_from": now,
                "created_at": now,
                "password_set_at": set_at,
                "must_change_password": must_change,
                "lent": lent,
            },
        )
        for role in roles:
            AccountRole.objects.get_or_create(account=account, role=role, defaults={"granted_at": now})
        account.passwords.all().delete()
        PasswordRecord.objects.bulk_create(
            PasswordRecord(account=account, password=old, set_at=set_at - timedelta(days=number))
            for number, old in enumerate([hashed, *had] if had else ())
        )
        if new:
            record(
                "canary.made",
                by=by,
                now=now,
                object_=f"account:{account.pk}",
                detail={"label": label, "roles": sorted(roles), "lent": lent, "signs_in": signs_in},
            )
    return account, given


def is_canary_of_open_run(account: Account) -> bool:
    """The one predicate: an account that a drill made and is bound to, while the drill's run is open (6.1)."""
    return bool(account.canary_run) and run_is_open(account.canary_run)


def remove_canaries(run_id: str, *, by: Doer, now: datetime) -> list[str]:
    """Remove the run's canary accounts with their locks, counts and sessions; return what is still left of it."""
    if not run_id:
        return []
    with transaction.atomic():
        accounts = list(Account.objects.select_for_update().filter(canary_run=run_id))
        answers = canaries_removed.send(Account, run_id=run_id, accounts=accounts)
        StraySignIn.objects.filter(run=run_id).delete()
        for account in accounts:
            account.delete()
        if accounts:
            record("canary.removed", by=by, now=now, detail={"accounts": len(accounts)})
    left = [
        f"account {login_id}"
        for login_id in Account.objects.filter(canary_run=run_id).values_list("login_id", flat=True)
    ]
    return [*left, *(trace for _receiver, traces in answers for trace in traces or [])]
