"""allauth's seams, bound to our ledger: who may try, in what order stages come, which session is opened."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.authentication import get_authentication_records
from allauth.core.exceptions import ImmediateHttpResponse
from django.contrib.auth import authenticate
from django.db import transaction
from django.http import HttpRequest
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.functional import lazy
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from fanghu.signin.attempts import limits
from fanghu.signin.greeting import to_be_greeted
from fanghu.signin.ledger import ENDED_KEY
from fanghu.signin.proven import KEY, prove, still_proven
from fanghu.signin.sessions import open_session

written = lazy(lambda number: str(number()), str)
WRONG = format_lazy(
    _(
        "The login id, password or code is not right, or sign-in is locked. "
        "After {failures} failures sign-in stays locked for {minutes} minutes (FH-SGN-01)."
    ),
    failures=written(lambda: limits().max_failures),
    minutes=written(lambda: limits().lock_minutes),
)


class Adapter(DefaultAccountAdapter):
    """Sign-in only: no sign-up, no mail, no rate limits of allauth's own."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "username_password_mismatch": WRONG,
        "incorrect_password": WRONG,
    }

    def authenticate(self, request: HttpRequest, **credentials: Any) -> Any:
        """Straight to the backend: the lock ledger is the only limit."""
        return authenticate(request, username=credentials.get("username"), password=credentials.get("password"))

    def get_login_stages(self) -> list[str]:
        """Second factor, then what must be done before anything else (6.3, 6.2)."""
        return [
            "allauth.mfa.stages.AuthenticateStage",
            "fanghu.signin.stages.PasswordStage",
            "fanghu.signin.stages.FactorStage",
            "fanghu.access.stages.ConditionStage",
        ]

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Accounts are made by administrators."""
        return False

    def pre_login(self, request: HttpRequest, user: Any, **kwargs: Any) -> Any:
        """The password or link is right: from here on the stages go by what stands now."""
        prove(request, user)
        return super().pre_login(request, user, **kwargs)

    def login(self, request: HttpRequest, user: Any) -> None:
        """Begin Django's session under a fresh key and write its row in the ledger, if what was proven still holds."""
        if not still_proven(request, user.pk):
            raise ImmediateHttpResponse(redirect("account_login"))
        request.session.pop(KEY, None)
        records = get_authentication_records(request, user)
        methods = list(dict.fromkeys(record.get("type") or record["method"] for record in records))
        request.session.pop(ENDED_KEY, None)
        with transaction.atomic():
            super().login(request, user)
            open_session(request, user, methods, now=timezone.now())
        to_be_greeted(request)

    def add_message(self, *args: Any, **kwargs: Any) -> None:
        """allauth's own messages are not shown."""

    def send_mail(self, *args: Any, **kwargs: Any) -> None:
        """No mail is sent."""

    def send_notification_mail(self, *args: Any, **kwargs: Any) -> None:
        """No mail is sent."""
