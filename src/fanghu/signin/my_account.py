"""One's own account: last sign-in, failed tries, password, second factors, sessions."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.messages.constants import DEFAULT_TAGS
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from fanghu.accounts import passwords, rules
from fanghu.accounts.actions import Refused
from fanghu.accounts.password_changes import change_password
from fanghu.accounts.reading import account as account_by_id
from fanghu.accounts.reading import change_due, needs_factor
from fanghu.accounts.words import ROLE_NAMES
from fanghu.shell.access import asks, doer_of
from fanghu.shell.rights import Right, Role
from fanghu.signin.adapter import WRONG
from fanghu.signin.agents import agent_words
from fanghu.signin.attempts import confirm_password
from fanghu.signin.factor import set_factor
from fanghu.signin.factors import APP, factors_of
from fanghu.signin.forms import ChangePasswordForm, RenewFactorForm, said
from fanghu.signin.greeting import codes_words, expiry_words, how_begun
from fanghu.signin.reached import party_of
from fanghu.signin.reading import failed_tries, last_sign_in, open_sessions
from fanghu.signin.recovery import codes_left
from fanghu.signin.relying_party import relying_party
from fanghu.signin.reminders import codes_run_out, days_left
from fanghu.signin.seeds import seed_of
from fanghu.signin.sessions import end_others as end_other_sessions
from fanghu.signin.sessions import end_session, key_changed, standing
from fanghu.signin.views import WRONG_CODE


@asks(Right.SELF)
@never_cache
def my_account(request: HttpRequest) -> HttpResponse:
    """Everything a holder may see and do about the account."""
    account: Any = request.user
    now = timezone.now()
    present = getattr(request, "ledger_session_id", "")
    last = last_sign_in(account, before=getattr(request, "ledger_session", None))
    expires = account.password_set_at and rules.expires_at(account.password_set_at, passwords.policy())
    factors, left = factors_of(account), codes_left(account)
    context = {
        "account": account,
        "roles": [ROLE_NAMES[Role(name)] for name in sorted(account.role_names)],
        "notices": _notices(account, left, now),
        "last": last,
        "last_methods": how_begun(last.methods) if last else "",
        "tries": failed_tries(account),
        "expires": expires,
        "days": expires and days_left(expires, now),
        "factors": factors,
        "has_app": any(factor.kind == APP for factor in factors),
        "needs_factor": needs_factor(account),
        "codes_left": left,
        "party": relying_party(settings.BASE_URL),
        "here": party_of(request),
        "sessions": [(row, agent_words(row.agent)) for row in open_sessions(account)],
        "present": present,
    }
    return render(request, "signin/my_account.html", context)


def _notices(account: Any, left: int | None, now: datetime) -> list[tuple[str, str]]:
    """What a holder should do soon, each with how grave it is."""
    found = []
    expiring = expiry_words(account, now)
    if expiring is not None:
        found.append((DEFAULT_TAGS[expiring[0]], expiring[1]))
    if codes_run_out(left):
        found.append(("warn", codes_words(left or 0)))
    return found


@asks(Right.SELF)
@never_cache
@sensitive_post_parameters()
def change(request: HttpRequest) -> HttpResponse:
    """Change one's own password; the other sessions end."""
    account: Any = request.user
    now = timezone.now()
    due = change_due(account, now)
    form = ChangePasswordForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        by = doer_of(request)
        if not confirm_password(account, form.cleaned_data["present"], by=by, now=now):
            form.add_error("present", WRONG)
        else:
            try:
                changed = change_password(
                    account.pk, form.cleaned_data["password"], by=by, now=now, keep_session=by.session, forced=due
                )
            except Refused as refused:
                for sentence in said(refused.reasons):
                    form.add_error("password", sentence)
            else:
                row = standing(request)
                update_session_auth_hash(request, changed)
                if row is not None:
                    key_changed(request, row.key_hash)
                messages.success(request, _("Your password is changed; your other sessions are ended."))
                return redirect("my_account")
    return render(request, "signin/change_password.html", {"form": form, "rules": said(passwords.shown()), "due": due})


@asks(Right.SELF)
@never_cache
@sensitive_post_parameters()
def factor(request: HttpRequest) -> HttpResponse:
    """Turn on or renew one's own second factor; the password is asked for again."""
    account: Any = request.user
    now = timezone.now()
    form = RenewFactorForm(request.POST or None)
    seed = seed_of(request, account)
    if request.method == "POST" and form.is_valid():
        by = doer_of(request)
        if not confirm_password(account, form.cleaned_data["present"], by=by, now=now):
            form.add_error("present", WRONG)
        elif not set_factor(account, seed.text, form.cleaned_data["code"], by=by, now=now):
            form.add_error("code", WRONG_CODE)
        else:
            seed.forget()
            messages.success(request, _("The authenticator app is set up; an older one is void."))
            return redirect("my_account")
    return render(request, "signin/renew_factor.html", {"form": form, **seed.shown()})


@asks(Right.SELF)
@require_POST
def end(request: HttpRequest, session_id: UUID) -> HttpResponse:
    """End one of one's own sessions; somebody else's, and an ended one, is none."""
    holder: Any = request.user
    if session_id not in {row.pk for row in open_sessions(holder)}:
        raise Http404
    if end_session(session_id, "ended_by_holder", by=doer_of(request), now=timezone.now()):
        messages.success(request, _("The session is ended."))
    return redirect("my_account")


@asks(Right.SELF)
@require_POST
def end_others(request: HttpRequest) -> HttpResponse:
    """End all of one's own sessions but this."""
    by = doer_of(request)
    account = account_by_id(by.account)
    if account is not None:
        end_other_sessions(account, by.session, by=by, now=timezone.now())
        messages.success(request, _("Your other sessions are ended."))
    return redirect("my_account")
