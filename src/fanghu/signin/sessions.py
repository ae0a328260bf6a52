"""The session ledger: one row for each signed-in session, opened, seen, ended; ended rows stay."""

from __future__ import annotations

from datetime import datetime
from importlib import import_module
from typing import TYPE_CHECKING
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest

from fanghu.events.actions import record
from fanghu.events.doer import Doer
from fanghu.signin.cookie import hashed
from fanghu.signin.models import LedgerSession
from fanghu.signin.rules import SEEN_EVERY

if TYPE_CHECKING:
    from fanghu.accounts.reading import Account


def open_session(request: HttpRequest, account: Account, methods: list[str], *, now: datetime) -> LedgerSession:
    """Write the row of a session that Django has just begun under a fresh key (part of the sign-in)."""
    return LedgerSession.objects.create(
        key_hash=hashed(request.session.session_key or ""),
        account=account,
        place=request.META.get("REMOTE_ADDR", ""),
        agent=request.META.get("HTTP_USER_AGENT", "")[:200],
        methods=methods,
        started_at=now,
        seen_at=now,
    )


def standing(request: HttpRequest) -> LedgerSession | None:
    """The open row of this request's session, or None."""
    key = request.session.session_key
    return LedgerSession.objects.filter(key_hash=hashed(key), ended_at=None).first() if key else None


def key_changed(request: HttpRequest, old_hash: str) -> None:
    """Follow the session to its new key after Django rotated it."""
    LedgerSession.objects.filter(key_hash=old_hash).update(key_hash=hashed(request.session.session_key or ""))


def see(session: LedgerSession, now: datetime) -> None:
    """Remember that the session is used; written at most once in 30 seconds."""
    if now - session.seen_at >= SEEN_EVERY:
        LedgerSession.objects.filter(pk=session.pk, ended_at=None).update(seen_at=now)


def end_session(session_id: UUID, reason: str, *, by: Doer, now: datetime) -> bool:
    """End one session with its event; False when it had ended already."""
    with transaction.atomic():
        session = LedgerSession.objects.select_for_update().filter(pk=session_id, ended_at=None).first()
        if session is None:
            return False
        _end([session], reason, now)
        record(
            "session.ended",
            by=by,
            now=now,
            object_=f"account:{session.account_id}",
            detail={"session": str(session.pk), "reason": reason},
        )
    return True


def end_all(account: Account, reason: str, now: datetime, *, keep: str = "") -> int:
    """End every open session of an account but ``keep``, inside the deed's transaction; return how many."""
    sessions = LedgerSession.objects.select_for_update().filter(account=account, ended_at=None)
    chosen = [session for session in sessions if str(session.pk) != keep]
    _end(chosen, reason, now)
    return len(chosen)


def end_others(account: Account, keep: str, *, by: Doer, now: datetime) -> int:
    """The holder ends all sessions but the present one."""
    with transaction.atomic():
        ended = end_all(account, "ended_by_holder", now, keep=keep)
        if ended:
            record(
                "session.ended",
                by=by,
                now=now,
                object_=f"account:{account.pk}",
                detail={"sessions": ended, "reason": "ended_by_holder"},
            )
    return ended


def remove_of(accounts: list[Account]) -> None:
    """Remove what a drill's accounts leave here (their rows go with the accounts)."""
    keys = LedgerSession.objects.filter(account__in=accounts).values_list("key_hash", flat=True)
    _forget(list(keys))


def _end(sessions: list[LedgerSession], reason: str, now: datetime) -> None:
    LedgerSession.objects.filter(pk__in=[session.pk for session in sessions]).update(ended_at=now, end_reason=reason)
    _forget([session.key_hash for session in sessions])


def _forget(key_hashes: list[str]) -> None:
    """Remove Django's own rows, so that nothing revives an ended session."""
    store = import_module(settings.SESSION_ENGINE).SessionStore
    store.get_model_class().objects.filter(session_key__in=key_hashes).delete()
