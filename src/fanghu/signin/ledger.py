"""The session ledger's middleware: a session lives only while its row, its account and its password do.

Whether it lies inside the conditions of use is decided right after it, by ``access.middleware``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone

from fanghu.accounts.reading import change_due, why_not
from fanghu.events.doer import Doer
from fanghu.signin.sessions import end_session, standing

ENDED_KEY = "fanghu.ended"
BEFORE_CHANGE = frozenset({"password_change", "account_logout", "set_language", "jsi18n"})


def forget(request: HttpRequest, reason: str) -> None:
    """Leave this request without a session; the sign-in page will say why."""
    request.session.flush()
    request.session[ENDED_KEY] = reason
    request.user = AnonymousUser()
    request.ledger_session, request.ledger_session_id = None, ""  # type: ignore[attr-defined]


class LedgerMiddleware:
    """Ends sessions the ledger no longer holds, and those of unusable accounts, at once."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Look at the session first; pages of a session, or of one beginning, are never stored."""
        request.ledger_session, request.ledger_session_id = None, ""  # type: ignore[attr-defined]
        if "_auth_user_id" in request.session:
            self.check(request)
        response = self.get_response(request)
        if request.user.is_authenticated or "account_login" in request.session:
            response.headers.setdefault("Cache-Control", "no-store")
        return response

    def check(self, request: HttpRequest) -> None:
        """Let the session stand, or flush it and say why at the sign-in page."""
        now = timezone.now()
        row = standing(request)
        account = request.user
        reason: str | None = "ended"
        if row is not None:
            unusable = not account.is_authenticated or row.account_id != account.pk or why_not(account, now)
            reason = "account_disabled" if unusable else None
            if reason:
                by = Doer("console", account=str(row.account_id), place=request.META.get("REMOTE_ADDR", ""))
                end_session(row.pk, reason, by=by, now=now)
        if reason or row is None:
            forget(request, reason or "ended")
            return
        request.ledger_session, request.ledger_session_id = row, str(row.pk)  # type: ignore[attr-defined]

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponse], _args: Any, _kwargs: Any
    ) -> HttpResponse | None:
        """A password that came due during a session is changed before anything else."""
        name = request.resolver_match.view_name if request.resolver_match else ""
        if request.user.is_authenticated and name not in BEFORE_CHANGE and change_due(request.user, timezone.now()):
            return redirect("password_change")
        return None
