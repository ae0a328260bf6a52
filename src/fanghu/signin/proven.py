"""What a sign-in under way has proven, and whether it still holds: a stage kept open must not outlive it.

Between the password and the session lie stages that may stay open for a quarter of an hour. Whoever keeps one open while
the holder changes the password or sets up the second factor must not be able to finish it afterwards.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from allauth.account.internal.stagekit import clear_login
from allauth.account.stages import LoginStageController
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from fanghu.accounts.reading import account as account_by_id
from fanghu.accounts.reading import factor_mark, why_not

KEY = "fanghu.proven"


def prove(request: HttpRequest, account: Any) -> None:
    """Remember which password and which second factor this sign-in goes by."""
    request.session[KEY] = _mark(account)


def still_proven(request: HttpRequest, account_id: Any) -> bool:
    """Whether the account may still be used, with the same password and second factor as when this sign-in began."""
    account = account_by_id(account_id)
    if account is None or why_not(account, timezone.now()):
        return False
    return constant_time_compare(str(request.session.get(KEY, "")), _mark(account))


def while_proven(stage_key: str, view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """A stage's view that begins sign-in again when what was proven does not hold any more."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        stage = LoginStageController.enter(request, stage_key)
        if stage is not None and not still_proven(request, stage.login.user.pk):
            clear_login(request)
            return redirect("account_login")
        return view(request, *args, **kwargs)

    return guarded


def _mark(account: Any) -> str:
    return f"{account.get_session_auth_hash()}:{factor_mark(account)}"
