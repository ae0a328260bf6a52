"""Lent accounts: nobody's own, given to one person for a time, with a reason and a password of that time alone (6.1)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from allauth.mfa.models import Authenticator
from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.utils.translation import gettext as _

from fanghu.accounts.actions import Refused, end_sessions
from fanghu.accounts.models import Account, AccountRole, CheckOut
from fanghu.accounts.passwords import temporary
from fanghu.accounts.rules import CHECK_OUT_HOURS, GRANT_LIFE, why_unusable
from fanghu.approvals.actions import ask
from fanghu.approvals.approvable import Row, hash_of
from fanghu.approvals.models import Approval
from fanghu.events.actions import record
from fanghu.events.doer import Doer
from fanghu.events.schema import Detail

KIND = "check_out"


def ask_for(account_id: UUID, hours: int, reason: str, *, by: Doer, now: datetime) -> CheckOut | None:
    """Ask to have a lent account for ``hours``.

    An emergency account, or one that may do what the asker may not, waits for a second person (None is returned).
    Raises Refused FH-ACC-20 (not a lent account in use, or somebody has it), FH-ACC-21 (hours or reason).
    """
    if not 1 <= hours <= CHECK_OUT_HOURS or not reason.strip():
        raise Refused(
            "FH-ACC-21",
            f"Give a reason, and a time of 1 to {CHECK_OUT_HOURS} hours.",
            f"請填寫事由，並指定 1 至 {CHECK_OUT_HOURS} 小時。",
        )
    with transaction.atomic():
        account = _lendable(account_id, now)
        if not account.canary_run and _waits(account, by):
            payload = {"account": str(account.pk), "hours": hours}
            ask(
                KIND, f"account:{account.pk}", _("Check-out of %(account)s") % {"account": account.login_id},
                payload, _content(account.pk, payload), reason, by=by, now=now,
            )  # fmt: skip
            return None
        granted = _grant(account, UUID(by.person) if by.person else None, hours, reason, now)
        record("check_out.granted", by=by, now=now, object_=f"account:{account.pk}", detail=_detail(granted))
    return granted


def take(check_out_id: UUID, *, by: Doer, now: datetime) -> str:
    """Begin a granted check-out: its person gets a password made for it, returned and shown once. Refused FH-ACC-22."""
    hashed = make_password(given := temporary())
    with transaction.atomic():
        row = CheckOut.objects.select_for_update().filter(pk=check_out_id, from_at=None, ended_at=None).first()
        if row is None or now >= row.granted_at + GRANT_LIFE or str(row.person_id or "") != by.person:
            raise _over()
        account = _lendable(row.account_id, now)
        if not row.approval and not account.canary_run and _waits(account, by):  # its roles grew since it was granted
            raise _over()
        end = now + timedelta(hours=row.hours)
        row.from_at, row.until = now, min(end, account.valid_until) if account.valid_until else end
        row.save(update_fields=["from_at", "until"])
        account.password, account.password_set_at, account.must_change_password = hashed, now, False
        account.save(update_fields=["password", "password_set_at", "must_change_password"])
        record("check_out.taken", by=by, now=now, object_=f"account:{account.pk}", detail=_detail(row))
    return given


def give_back(check_out_id: UUID, *, by: Doer, now: datetime) -> None:
    """The work is done: the password is void and the sessions end at once. Refused FH-ACC-22 for somebody else's."""
    with transaction.atomic():
        row = CheckOut.objects.select_for_update().filter(pk=check_out_id, ended_at=None).first()
        if row is None or str(row.person_id or "") != by.person:
            raise _over()
        _end(row, "given_back", now, by)


def end_due(*, by: Doer, now: datetime) -> int:
    """End every check-out whose time is over, and every grant that nobody took; return how many."""
    taken = CheckOut.objects.filter(ended_at=None, until__lte=now)
    lapsed = CheckOut.objects.filter(ended_at=None, from_at=None, granted_at__lte=now - GRANT_LIFE)
    ended = 0
    for pk in [*taken.values_list("pk", flat=True), *lapsed.values_list("pk", flat=True)]:
        with transaction.atomic():
            row = CheckOut.objects.select_for_update().filter(pk=pk, ended_at=None).first()
            if row is not None:
                _end(row, "time", now, by)
                ended += 1
    return ended


def _end(row: CheckOut, reason: str, now: datetime, by: Doer) -> None:
    account = Account.objects.select_for_update().get(pk=row.account_id)
    ended = 0
    if row.from_at is not None:
        account.set_unusable_password()
        account.save(update_fields=["password"])
        Authenticator.objects.filter(user_id=account.pk).delete()  # the next person sets up a second factor anew
        ended = end_sessions(account, "check_out_ended", now)
    row.ended_at, row.end_reason = now, reason
    row.save(update_fields=["ended_at", "end_reason"])
    detail = {**_detail(row), "reason": reason, "sessions_ended": ended}
    record("check_out.ended", by=by, now=now, object_=f"account:{account.pk}", detail=detail)


def _waits(account: Account, by: Doer) -> bool:
    """Whether a second person must approve: nobody gives themselves rights by way of an account they may open."""
    asker = Account.objects.filter(pk=by.account).first() if by.account else None
    return account.kind == Account.Kind.EMERGENCY or asker is None or not account.rights <= asker.rights


def _lendable(account_id: UUID, now: datetime) -> Account:
    account = Account.objects.select_for_update().filter(pk=account_id, lent=True).first()
    usable = account is not None and not why_unusable(account.state, account.valid_from, account.valid_until, now)
    if account is None or not usable or account.check_outs.filter(from_at__isnull=False, ended_at=None).exists():
        raise Refused(
            "FH-ACC-20",
            "This account cannot be checked out: it is not lent, not in use, or somebody has it.",
            "此帳號無法借用：不是供借用的帳號、未使用中，或已有人借用。",
        )
    return account


def _over() -> Refused:
    return Refused(
        "FH-ACC-22",
        "This check-out is not yours, or it is over; ask for a new one.",
        "此借用不是核給您的，或已失效；請重新申請。",
    )


def _grant(account: Account, person: UUID | None, hours: int, reason: str, now: datetime) -> CheckOut:
    return CheckOut.objects.create(
        account=account, person_id=person, hours=hours, reason=reason.strip()[:200], granted_at=now
    )


def _detail(row: CheckOut) -> dict[str, Detail]:
    return {
        "check_out": str(row.pk),
        "person": str(row.person_id or ""),
        "hours": row.hours,
        "until": row.until.isoformat() if row.until else None,
    }


def _content(account_id: UUID | str, payload: Mapping[str, Any]) -> str:
    """What the approver is shown, and the account as it stands: another kind, state or role lapses the request."""
    account = Account.objects.filter(pk=account_id).values("login_id", "kind", "state", "lent").first()
    roles = sorted(AccountRole.objects.filter(account_id=account_id).values_list("role", flat=True))
    return hash_of({"account": account, "roles": roles, "payload": dict(payload)})


def current_hash(approval: Approval) -> str:
    """The content hash as things stand now."""
    return _content(approval.payload["account"], approval.payload)


def rows_shown(payload: Mapping[str, Any]) -> list[Row]:
    """Which account, for how long."""
    login_id = Account.objects.filter(pk=payload["account"]).values_list("login_id", flat=True).first()
    return [(_("Account"), "", str(login_id or "—")), (_("Hours"), "", str(payload["hours"]))]


def grant(approval: Approval, by: Doer, now: datetime) -> Mapping[str, Detail]:
    """A second person approved: whoever asked may begin it within a day."""
    account = _lendable(UUID(approval.payload["account"]), now)
    row = _grant(account, approval.asked_by_person_id, int(approval.payload["hours"]), approval.reason, now)
    row.approval = str(approval.pk)
    row.save(update_fields=["approval"])
    return _detail(row)
