"""The page of a one-time link: opening it changes nothing, its form uses it up."""

from __future__ import annotations

from typing import Any

from allauth.account.internal.flows.login import perform_login
from allauth.account.models import Login
from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.debug import sensitive_post_parameters

from fanghu.accounts import passwords
from fanghu.accounts.actions import Refused
from fanghu.events.doer import Doer
from fanghu.shell.access import asks
from fanghu.shell.rights import Right
from fanghu.signin.actions import FIRST, enrol_again, enrol_first, find_link
from fanghu.signin.forms import FirstAdministratorForm, NewPasswordForm, said


def _use(request: HttpRequest, token: str, form: forms.Form, *, first: bool) -> Any:
    """Do what the link is for and return the account."""
    given = form.cleaned_data
    by = Doer("console", place=request.META.get("REMOTE_ADDR", ""))
    now = timezone.now()
    if first:
        return enrol_first(
            token,
            name=given["name"],
            number=given["number"],
            login_id=given["login_id"],
            password=given["password"],
            by=by,
            now=now,
        )
    return enrol_again(token, password=given["password"], by=by, now=now)


@asks(Right.PUBLIC)
@csrf_exempt  # the token in the path is the proof; under no-referrer browsers send Origin: null, which Django refuses
@never_cache
@sensitive_post_parameters()
def enrol(request: HttpRequest, token: str) -> HttpResponse:
    """The first administrator, or the holder of a lost factor; the second factor follows as a stage of sign-in."""
    link = find_link(token, timezone.now())
    first = link.purpose == FIRST
    form = (FirstAdministratorForm if first else NewPasswordForm)(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            account = _use(request, token, form, first=first)
        except Refused as refused:
            sentences = said(refused.reasons) or [_own_words(request, refused)]
            field = "login_id" if refused.code == "FH-ACC-12" else "password" if refused.code == "FH-ACC-13" else None
            for sentence in sentences:
                form.add_error(field, sentence)
        else:
            request.session.flush()
            response: HttpResponse = perform_login(request, Login(user=account))
            return response
    response = render(
        request,
        "signin/enrol.html",
        {"form": form, "first": first, "rules": said(passwords.shown()), "submit": gettext("Continue")},
    )
    # the token is in the path: only the origin may be told, even to ourselves; nothing at all would break the form
    response.headers["Referrer-Policy"] = "strict-origin"
    response.headers["Cache-Control"] = "no-store"
    return response


def _own_words(request: HttpRequest, refused: Refused) -> str:
    return refused.zh_hant if (getattr(request, "LANGUAGE_CODE", "") or "").startswith("zh") else refused.en
