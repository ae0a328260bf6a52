"""Mechanisms broken on purpose, for drills to find."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse

from fanghu.accounts.models import Account
from fanghu.shell.access import RightsMiddleware
from fanghu.signin.cookie import SessionStore as HashedStore


class BelievesHeaders:
    """A careless proxy integration: whoever names an account in a header is that account."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        named = Account.objects.filter(login_id=request.headers.get("X-Remote-User", "")).first()
        if named is not None:
            request.user = named
        return self.get_response(request)


class GateForReading(RightsMiddleware):
    """Rights asked for where something is read, and forgotten where something is done."""

    def process_view(self, request: HttpRequest, *view: Any) -> HttpResponse | None:
        return None if request.method == "POST" else super().process_view(request, *view)


class SessionStore(HashedStore):
    """A store that also takes the key as the database holds it."""

    def _get_session_from_db(self) -> Any:
        key = self.session_key
        row = super()._get_session_from_db()
        if row is None and key is not None:
            row = self.model.objects.filter(session_key=key).first()
            self._session_key = key if row else None
        return row
