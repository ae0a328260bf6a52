"""Enrolment: one-time links for the first administrator and for a lost factor, made on the machine only."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import transaction
from django.urls import reverse

from fanghu.accounts.actions import create_account
from fanghu.accounts.password_changes import recover_sign_in
from fanghu.accounts.people import person_for
from fanghu.accounts.reading import able_administrator_exists, account_by_login
from fanghu.events.actions import record
from fanghu.events.doer import Doer
from fanghu.events.schema import Detail
from fanghu.faults import Exit, Fault
from fanghu.shell.rights import Role
from fanghu.signin.attempts import standing_lock
from fanghu.signin.models import EnrolmentLink
from fanghu.signin.rules import LINK_LIFE, link_alive

if TYPE_CHECKING:
    from fanghu.accounts.reading import Account

FIRST, AGAIN = "first", "again"
MACHINE = Doer("cli", place="machine")


def make_first_link(now: datetime, *, by: Doer = MACHINE) -> str | None:
    """Make the first administrator's link and return its path; older ones die.

    None, and any older link dies too, once an administrator can sign in with a second factor.
    """
    with transaction.atomic():
        older = EnrolmentLink.objects.select_for_update().filter(purpose=FIRST, used_at=None)
        if able_administrator_exists(now):
            older.delete()
            return None
        older.delete()
        path = _new_link(FIRST, None, now)
        record("enrolment.link_made", by=by, now=now, detail={"purpose": FIRST})
    return path


def make_recovery_link(login_id: str, now: datetime, *, by: Doer) -> str:
    """Make a link for an account that lost its factor, and return its path; it is shown on the board for 30 days."""
    account = account_by_login(login_id)
    if account is None or account.state != "active":
        raise Fault(
            "FH-SGN-20",
            "No active account has this login id; list them on the accounts page.",
            "沒有使用中的帳號是這個登入帳號；請至帳號頁面查看。",
            exit_code=Exit.CANNOT,
        )
    with transaction.atomic():
        EnrolmentLink.objects.filter(purpose=AGAIN, account=account, used_at=None).update(expires_at=now)
        path = _new_link(AGAIN, account, now)
        record("enrolment.recovery_link_made", by=by, now=now, object_=f"account:{account.pk}")
    return path


def find_link(token: str, now: datetime) -> EnrolmentLink:
    """The living link with this token; Fault FH-SGN-21 otherwise."""
    link = EnrolmentLink.objects.select_related("account").filter(token_hash=_hash(token)).first()
    dead = link is None or not link_alive(link.expires_at, link.used_at, now)
    if link is None or dead or (link.purpose == FIRST and able_administrator_exists(now)):
        raise Fault(
            "FH-SGN-21",
            "This link is used, replaced or older than 60 minutes; make a new one on the machine with: fanghu enrol",
            "此連結已使用、已更換或超過 60 分鐘；請在主機上以 fanghu enrol 重新產生。",
        )
    return link


def enrol_first(
    token: str, *, name: str, number: str, login_id: str, password: str, by: Doer, now: datetime
) -> Account:
    """Use the first link: its holder becomes a person and the first administrator; the second factor follows."""
    link = find_link(token, now)
    if link.purpose != FIRST:
        raise Fault("FH-SGN-21", "This link is for another purpose.", "此連結用途不同。")

    def holder() -> tuple[UUID, Mapping[str, Detail]]:
        _use(link, now)
        return person_for(number, name), {"link": FIRST}

    account, _none = create_account(
        person=holder,
        name=name,
        login_id=login_id,
        kind="admin",
        roles=[Role.ADMINISTRATOR],
        valid_until=None,
        password=password,
        event="administrator.enrolled",
        by=by,
        now=now,
    )
    return account


def enrol_again(token: str, *, password: str, by: Doer, now: datetime) -> Account:
    """Use a recovery link: new password, the lost factor removed; a new factor follows. Not while a lock stands (6.5)."""
    link = find_link(token, now)
    account = link.account
    if link.purpose != AGAIN or account is None:
        raise Fault("FH-SGN-21", "This link is for another purpose.", "此連結用途不同。")
    if standing_lock(account.login_id, now):
        raise Fault(
            "FH-SGN-22",
            "Sign-in is locked after failed attempts; use the link again when 15 minutes have passed.",
            "登入失敗次數過多而鎖定中；請於 15 分鐘後再使用此連結。",
        )

    def use() -> Mapping[str, Detail]:
        _use(link, now)
        return {"link": AGAIN}

    return recover_sign_in(account.pk, password, within=use, by=by, now=now)


def _new_link(purpose: str, account: Account | None, now: datetime) -> str:
    token = secrets.token_urlsafe(32)
    EnrolmentLink.objects.create(
        token_hash=_hash(token), purpose=purpose, account=account, made_at=now, expires_at=now + LINK_LIFE
    )
    return reverse("enrol", args=[token])


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _use(link: EnrolmentLink, now: datetime) -> None:
    """Consume the link; only one of two simultaneous forms gets through."""
    used = EnrolmentLink.objects.filter(pk=link.pk, used_at=None, expires_at__gt=now).update(used_at=now)
    if not used:
        raise Fault(
            "FH-SGN-21",
            "This link is used already; make a new one on the machine with: fanghu enrol",
            "此連結已使用；請在主機上以 fanghu enrol 重新產生。",
        )
