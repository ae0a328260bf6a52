"""Deeds of administrators on accounts; each is one transaction with one audit event. Nobody acts on an account of their own."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from uuid import UUID

from allauth.mfa.models import Authenticator
from django.contrib.auth.hashers import make_password
from django.db import connection, transaction

from fanghu.accounts import rules
from fanghu.accounts.models import Account, AccountRole, PasswordRecord
from fanghu.accounts.passwords import faults_of, temporary
from fanghu.accounts.signals import sessions_must_end
from fanghu.events.actions import record
from fanghu.events.doer import Doer
from fanghu.events.schema import Detail
from fanghu.faults import Fault
from fanghu.shell.rights import Role
from fanghu.testimony import Message

USED = "UPDATE accounts_account SET last_used_at = %s WHERE id = %s"
"""A plain statement, for every sign-in; no governed field changes."""


class Refused(Fault):
    """A deed on an account refused; ``reasons`` are the sentences that a form shows."""

    def __init__(self, code: str, en: str, zh_hant: str, *, reasons: Collection[Message] = ()) -> None:
        super().__init__(code, en, zh_hant)
        self.reasons = list(reasons)


def _refuse_own(account: Account, by: Doer) -> None:
    own = by.account == str(account.pk) or (by.person and by.person == str(account.person_id or ""))
    if own or (by.person and account.check_outs.filter(person_id=by.person, ended_at=None).exists()):
        raise Refused(
            "FH-ACC-10",
            "Nobody changes the rights or the sign-in of an account of their own; ask another administrator.",
            "任何人不得變更自己帳號的權限或登入設定；請洽其他管理者。",
        )


def end_sessions(account: Account, reason: str, now: datetime, *, keep: str = "") -> int:
    """Ask the apps above to end the account's sessions, in this transaction; return how many ended."""
    answers = sessions_must_end.send(Account, account=account, reason=reason, now=now, keep=keep)
    return sum(int(count or 0) for _receiver, count in answers)


def end_and_tell(
    event: str, account: Account, reason: str, detail: Mapping[str, Detail], *, by: Doer, now: datetime, keep: str = ""
) -> None:
    """End the account's sessions and record the deed that ends them, with how many it were; inside its transaction."""
    ended = end_sessions(account, reason, now, keep=keep)
    record(event, by=by, now=now, object_=f"account:{account.pk}", detail={**detail, "sessions_ended": ended})


def create_account(
    *,
    person: UUID | Callable[[], tuple[UUID, Mapping[str, Detail]]],
    name: str,
    login_id: str,
    kind: str,
    roles: Collection[str],
    valid_until: datetime | None,
    by: Doer,
    now: datetime,
    password: str = "",
    lent: bool = False,
    event: str = "account.created",
) -> tuple[Account, str]:
    """Make an active account and return it with its temporary password.

    With ``password`` the holder has chosen it (enrolment) and "" is returned; a ``lent`` account, which ``person`` only
    answers for, has none until somebody checks it out (6.1). ``person`` is an id, or a function
    run in the same transaction that returns one and adds to the event's detail. Raises Refused FH-ACC-11 (bad login id,
    end or password), FH-ACC-12 (login id taken), FH-ACC-10 (an account for the doer's own person).
    """
    login_id = rules.fold_login_id(login_id)
    wrong = rules.login_id_faults(login_id) + ([] if lent else rules.end_faults(kind, now, valid_until))
    if password:
        wrong += faults_of(password, None, login_id=login_id, name=name)
    if wrong:
        raise Refused(
            "FH-ACC-11", f"The account cannot be made: {wrong[0]}", "帳號無法建立；請依說明修正。", reasons=wrong
        )
    if by.person and by.person == str(person):
        raise Refused(
            "FH-ACC-10",
            "Nobody makes a further account for themselves; ask another administrator.",
            "任何人不得為自己再建立帳號；請洽其他管理者。",
        )
    given = password or temporary()
    hashed = make_password(None if lent else given)
    with transaction.atomic():
        person_id, detail = person() if callable(person) else (person, {})
        if Account.objects.filter(login_id=login_id).exists():
            raise Refused(
                "FH-ACC-12", "This login id is taken; choose another.", "此登入帳號已有人使用；請改用其他名稱。"
            )
        account = Account.objects.create(
            login_id=login_id,
            password=hashed,
            kind=kind,
            person_id=person_id,
            display_name=name,
            valid_from=now,
            valid_until=valid_until,
            created_at=now,
            created_by_person_id=UUID(by.person) if by.person else None,
            password_set_at=now,
            must_change_password=not password and not lent,
            lent=lent,
        )
        _grant(account, roles, by, now)
        if password:
            PasswordRecord.objects.create(account=account, password=hashed, set_at=now)
        record(
            event,
            by=by,
            now=now,
            object_=f"account:{account.pk}",
            detail={
                "kind": kind,
                "roles": sorted(roles),
                "until": valid_until.isoformat() if valid_until else None,
                "lent": lent,
                **detail,
            },
        )
    return account, "" if password or lent else given


def _grant(account: Account, roles: Collection[str], by: Doer, now: datetime) -> None:
    AccountRole.objects.bulk_create(
        AccountRole(
            account=account,
            role=Role(role),
            granted_at=now,
            granted_by_person_id=UUID(by.person) if by.person else None,
        )
        for role in sorted(roles)
    )


def change_roles(account_id: UUID, roles: Collection[str], *, by: Doer, now: datetime) -> None:
    """Give the account exactly ``roles``; its sessions end, so that what a new role needs is asked at the next sign-in."""
    with transaction.atomic():
        account = taken(account_id)
        _refuse_own(account, by)
        before = set(account.roles.values_list("role", flat=True))
        if before == set(roles):
            return
        account.roles.exclude(role__in=roles).delete()
        _grant(account, set(roles) - before, by, now)
        end_and_tell(
            "account.roles_changed",
            account,
            "roles_changed",
            {"before": sorted(before), "after": sorted(roles)},
            by=by,
            now=now,
        )


def disable_account(account_id: UUID, reason: str, *, by: Doer, now: datetime) -> None:
    """Disable at once: its sessions end in the same transaction (3.1, 3.2)."""
    with transaction.atomic():
        account = taken(account_id)
        _refuse_own(account, by)
        if account.state == Account.State.DISABLED:
            return
        account.state = Account.State.DISABLED
        account.save(update_fields=["state"])
        end_and_tell("account.disabled", account, "account_disabled", {"reason": reason}, by=by, now=now)


def enable_account(account_id: UUID, valid_until: datetime | None, *, by: Doer, now: datetime) -> str:
    """Enable again with a new temporary password, which is returned; an ended account needs a new end.

    Whoever enables it holds that password, so the approvals' two-person rule looks at who it was.
    """
    hashed = make_password(given := temporary())
    with transaction.atomic():
        account = taken(account_id)
        _refuse_own(account, by)
        if account.lent:  # its password comes with a check-out only
            hashed, given = make_password(None), ""
        until = valid_until or account.valid_until
        wrong = [] if account.lent else rules.end_faults(account.kind, now, until)
        if wrong:
            raise Refused(
                "FH-ACC-11",
                f"The account cannot be enabled: {wrong[0]}",
                "帳號無法啟用；請設定結束時間。",
                reasons=wrong,
            )
        account.state, account.valid_until = Account.State.ACTIVE, until
        account.password, account.password_set_at, account.must_change_password = hashed, now, not account.lent
        account.factor_reset_by_person_id = UUID(by.person) if by.person else None
        account.save()
        record("account.enabled", by=by, now=now, object_=f"account:{account.pk}")
    return given


def reset_sign_in(account_id: UUID, *, factor: bool, by: Doer, now: datetime) -> str:
    """Give a temporary password (returned) and, with ``factor``, remove the second factor; sessions end.

    Whoever reset it could sign in as the holder, so the approvals' two-person rule looks at who it was.
    """
    hashed = make_password(given := temporary())
    with transaction.atomic():
        account = taken(account_id)
        _refuse_own(account, by)
        if account.lent:
            raise Refused(
                "FH-ACC-23",
                "A lent account has a password only while checked out; end the check-out instead.",
                "借用帳號只在借用期間才有密碼；請改為結束借用。",
            )
        account.password, account.password_set_at, account.must_change_password = hashed, now, True
        account.factor_reset_by_person_id = UUID(by.person) if by.person else None
        if factor:
            Authenticator.objects.filter(user_id=account.pk).delete()
            account.factor_reset_at = now
        account.save()
        end_and_tell("account.sign_in_reset", account, "sign_in_reset", {"factor": factor}, by=by, now=now)
    return given


def mark_used(account_id: UUID, now: datetime) -> None:
    """Remember the time of a sign-in (part of that deed, which has its own event)."""
    with connection.cursor() as cursor:
        adapt = connection.ops.adapt_datetimefield_value
        cursor.execute(USED, [adapt(now), Account._meta.pk.get_db_prep_value(account_id, connection)])


def end_expired(*, by: Doer, now: datetime) -> int:
    """Disable every active account whose end has come (3.2); return how many."""
    due = Account.objects.filter(state=Account.State.ACTIVE, valid_until__lte=now).values_list("pk", flat=True)
    for account_id in list(due):
        with transaction.atomic():
            account = taken(account_id)
            if account.state != Account.State.ACTIVE or account.valid_until is None or account.valid_until > now:
                continue
            account.state = Account.State.DISABLED
            account.save(update_fields=["state"])
            end_and_tell(
                "account.ended", account, "account_ended", {"until": account.valid_until.isoformat()}, by=by, now=now
            )
    return len(due)


def taken(account_id: UUID) -> Account:
    """The account's row, held until the transaction ends."""
    return Account.objects.select_for_update().get(pk=account_id)
