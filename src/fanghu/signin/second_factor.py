"""The second factor of a sign-in whose password was right: app, passkey or recovery code; one attempt, one event."""

from __future__ import annotations

import json
from typing import Any

from allauth.account.internal.decorators import login_stage_required
from allauth.account.internal.flows.login import record_authentication
from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from fanghu.shell.access import asks, doer_of
from fanghu.shell.rights import Right
from fanghu.signin.adapter import WRONG
from fanghu.signin.attempts import attempt_factor
from fanghu.signin.factor import by_code
from fanghu.signin.factor_forms import CodeForm, PasskeyForm, RecoveryCodeForm
from fanghu.signin.factors import APP, Trial, factors_of
from fanghu.signin.passkeys import ask_known, by_passkey, passkeys_of
from fanghu.signin.proven import while_proven
from fanghu.signin.reached import party_of, remember_asked, take_asked
from fanghu.signin.recovery import by_recovery_code, codes_left

PURPOSE = "sign-in"


@sensitive_post_parameters()
def _second_factor(request: HttpRequest) -> HttpResponse:
    stage: Any = request._login_stage  # type: ignore[attr-defined]  # noqa: SLF001
    account = stage.login.user
    given = _given(request) if request.method == "POST" else None
    if given is not None and given.is_valid():
        used = attempt_factor(account, _trial(request, given), by=doer_of(request), now=timezone.now())
        if used is not None:
            record_authentication(request, account, "mfa", type=used.method)
            response: HttpResponse = stage.exit()
            return response
        given.add_error(next(iter(given.fields)), WRONG)
    return render(request, "signin/second_factor.html", _offered(request, account, given))


def _given(request: HttpRequest) -> forms.Form:
    """The form of the factor that was sent."""
    if "credential" in request.POST:
        return PasskeyForm(request.POST)
    return RecoveryCodeForm(request.POST) if "recovery_code" in request.POST else CodeForm(request.POST)


def _trial(request: HttpRequest, given: forms.Form) -> Trial:
    sent = given.cleaned_data
    if isinstance(given, PasskeyForm):
        return by_passkey(sent["credential"], take_asked(request, PURPOSE), party_of(request))
    return by_recovery_code(sent["recovery_code"]) if isinstance(given, RecoveryCodeForm) else by_code(sent["code"])


def _offered(request: HttpRequest, account: Any, given: forms.Form | None) -> dict[str, Any]:
    """The forms of what this account can give here; the one that was wrong carries its error."""
    factors, party = factors_of(account), party_of(request)
    context: dict[str, Any] = {"failed": given if isinstance(given, PasskeyForm) else None}
    if any(factor.kind == APP for factor in factors):
        context["code_form"] = given if isinstance(given, CodeForm) else CodeForm()
    if party is not None and passkeys_of(account, party):
        options, state = ask_known(account, party)
        remember_asked(request, PURPOSE, state)
        context |= {"passkey_form": PasskeyForm(), "options": json.dumps(options)}
    if codes_left(account):
        context["recovery_form"] = given if isinstance(given, RecoveryCodeForm) else RecoveryCodeForm()
    return context


second_factor = asks(Right.PUBLIC)(
    never_cache(
        login_stage_required(stage="mfa_authenticate", redirect_urlname="account_login")(
            while_proven("mfa_authenticate", _second_factor)
        )
    )
)
