"""What a holder is told right after signing in: the sign-in before this one, failed tries, a password near its end."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from fanghu.accounts import passwords, rules
from fanghu.signin.factors import RECOVERY, methods_said
from fanghu.signin.models import LedgerSession
from fanghu.signin.reading import failed_tries, last_sign_in
from fanghu.signin.recovery import codes_left
from fanghu.signin.reminders import codes_run_out, days_left, expiry_reached

if TYPE_CHECKING:
    from datetime import datetime

    from fanghu.accounts.reading import Account

KEY = "fanghu.to_be_greeted"
LEVELS = {14: messages.INFO, 7: messages.WARNING, 1: messages.ERROR}


def to_be_greeted(request: HttpRequest) -> None:
    """The first request of the session just begun brings the sentences; signing in itself does not wait for them."""
    request.session[KEY] = True


class GreetingMiddleware:
    """Greets on the first request of a session; stands behind the ledger and the messages."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Leave the sentences for whatever page comes first."""
        session: LedgerSession | None = getattr(request, "ledger_session", None)
        if session is not None and request.session.pop(KEY, False):
            greet(request, cast("Account", request.user), session, timezone.now())
        return self.get_response(request)


def greet(request: HttpRequest, account: Account, session: LedgerSession, now: datetime) -> None:
    """Leave the sentences for the first page of this session."""
    messages.info(request, _last(account, session))
    tries = failed_tries(account).before
    if tries:
        said = ngettext(
            "%(count)d failed try came before this sign-in; if it was not yours, change your password and tell the security officer.",
            "%(count)d failed tries came before this sign-in; if they were not yours, change your password and tell the security officer.",
            tries,
        )
        messages.warning(request, said % {"count": tries})
    expiring = expiry_words(account, now)
    if expiring is not None:
        messages.add_message(request, *expiring)
    left = codes_left(account)
    if str(RECOVERY) in session.methods or codes_run_out(left):
        messages.warning(request, codes_words(left or 0))


def expiry_words(account: Account, now: datetime) -> tuple[int, str] | None:
    """How grave it is that the password ends soon, and the sentence; None while there is time."""
    if account.password_set_at is None:
        return None
    expires_at = rules.expires_at(account.password_set_at, passwords.policy())
    reached = expiry_reached(expires_at, now)
    if reached is None:
        return None
    left = days_left(expires_at, now)
    said = ngettext(
        "Your password must be changed by %(until)s: %(count)d day is left.",
        "Your password must be changed by %(until)s: %(count)d days are left.",
        left,
    )
    return LEVELS[reached], said % {"until": f"{localtime(expires_at):%Y-%m-%d %H:%M}", "count": left}


def codes_words(left: int) -> str:
    """How many recovery codes are left, as a sentence."""
    return ngettext(
        "%(count)d recovery code is left; make new ones on your account's page.",
        "%(count)d recovery codes are left; make new ones on your account's page.",
        left,
    ) % {"count": left}


def _last(account: Account, session: LedgerSession) -> str:
    before = last_sign_in(account, before=session)
    if before is None:
        return _("This is your first sign-in.")
    return _("Your last sign-in: %(time)s from %(place)s (%(methods)s).") % {
        "time": f"{localtime(before.started_at):%Y-%m-%d %H:%M}",
        "place": before.place,
        "methods": how_begun(before.methods),
    }


def how_begun(methods: list[str]) -> str:
    """What a session was begun with, in words."""
    return " + ".join(methods_said(methods)) or _("one-time link")
