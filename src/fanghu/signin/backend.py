"""Django's way to the lock ledger."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.backends import BaseBackend
from django.http import HttpRequest
from django.utils import timezone

from fanghu.accounts.reading import account
from fanghu.shell.access import doer_of
from fanghu.signin.attempts import attempt_password


class LedgerBackend(BaseBackend):
    """Checks a password only when no lock stands."""

    def authenticate(
        self, request: HttpRequest | None, username: str | None = None, password: str | None = None, **_other: Any
    ) -> Any:
        """The account, or None; every try leaves one event."""
        if request is None or username is None or password is None:
            return None
        return attempt_password(username, password, by=doer_of(request), now=timezone.now())

    def get_user(self, user_id: Any) -> Any:
        """The account of a session, while it is active."""
        found = account(user_id)
        return found if found is not None and found.is_active else None
