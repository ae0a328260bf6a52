"""Sign-in, its stages, and sign-out."""

from __future__ import annotations

from functools import wraps
from typing import Any
from uuid import UUID

from allauth.account.internal.decorators import login_stage_required
from allauth.account.views import LoginView
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from fanghu.accounts import passwords
from fanghu.accounts.actions import Refused
from fanghu.accounts.password_changes import change_password
from fanghu.events.doer import Doer
from fanghu.shell.access import asks, doer_of
from fanghu.shell.rights import Right
from fanghu.signin.attempts import hash_of, limits
from fanghu.signin.challenge import Purpose, resists
from fanghu.signin.counts import lock_of
from fanghu.signin.deadline import held
from fanghu.signin.factor import set_factor
from fanghu.signin.forms import FactorForm, NewPasswordForm, said
from fanghu.signin.gate import ADMITTED, weigh
from fanghu.signin.ledger import ENDED_KEY
from fanghu.signin.proven import prove, while_proven
from fanghu.signin.refusals import AGAIN, LOCKED, WRONG, Refusal, begin_again, told
from fanghu.signin.seeds import seed_of
from fanghu.signin.sessions import end_session

ENDED = {
    "idle": _("You were signed out after too long without use."),
    "too_long": _("You were signed out: a session may not last any longer."),
    "ended": _("This session was ended."),
    "account_disabled": _("This account cannot be used now; ask an administrator."),
}

WRONG_CODE = _("The code is not right; check the clock of your phone and type the newest code.")


class SignIn(LoginView):  # type: ignore[misc]
    """Login id and password; says why a session before this ended."""

    template_name = "signin/sign_in.html"

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Only what the gate has admitted is tried; every answer waits for the deadline (6.8, 6.10)."""
        refusal = None if getattr(request, ADMITTED, False) else weigh(request)
        if refusal is not None:
            return begin_again(request, refusal)
        return held(super().post(request, *args, **kwargs))

    def form_invalid(self, form: Any) -> HttpResponse:
        """A wrong one begins again, with the end of the lock it may have brought about; known and unknown ids alike."""
        login_id = form.cleaned_data.get("login")
        if not login_id or not form.cleaned_data.get("password"):
            return super().form_invalid(form)
        lock = lock_of(hash_of(login_id), timezone.now())
        return begin_again(self.request, Refusal(LOCKED, lock[0]) if lock else Refusal(WRONG))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Adds why the last session ended, and why the last attempt went no further."""
        reason, refusal = self.request.session.get(ENDED_KEY, ""), told(self.request.GET.get(AGAIN, ""))
        shown = {"ended": ENDED.get(reason, ""), "refused": refusal.said() if refusal else "", "limits": limits()}
        return {**super().get_context_data(**kwargs), **shown}


sign_in = asks(Right.PUBLIC)(never_cache(SignIn.as_view()))
sign_in.fanghu_resists = Purpose.SIGN_IN


def staged_doer(request: HttpRequest, account: Any) -> Doer:
    """The proven holder who has no session yet."""
    return Doer(
        "console",
        account=str(account.pk),
        person=str(account.person_id or ""),
        place=request.META.get("REMOTE_ADDR", ""),
    )


def stage_of(request: HttpRequest) -> Any:
    """The stage that allauth's guard found in the session."""
    return request._login_stage  # type: ignore[attr-defined]  # noqa: SLF001


@sensitive_post_parameters()
def _new_password(request: HttpRequest) -> HttpResponse:
    stage = stage_of(request)
    account = stage.login.user
    form = NewPasswordForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            change_password(
                account.pk,
                form.cleaned_data["password"],
                by=staged_doer(request, account),
                now=timezone.now(),
                forced=True,
            )
        except Refused as refused:
            for sentence in said(refused.reasons):
                form.add_error("password", sentence)
        else:
            account.refresh_from_db()
            prove(request, account)
            return stage.exit()
    return render(
        request,
        "signin/new_password.html",
        {"form": form, "rules": said(passwords.shown()), "given": account.must_change_password},
    )


def _set_up_factor(request: HttpRequest) -> HttpResponse:
    stage = stage_of(request)
    account = stage.login.user
    form = FactorForm(request.POST or None)
    seed = seed_of(request, account)
    if request.method == "POST" and form.is_valid():
        by = staged_doer(request, account)
        if set_factor(account, seed.text, form.cleaned_data["code"], by=by, now=timezone.now()):
            seed.forget()
            prove(request, account)
            return stage.exit()
        form.add_error("code", WRONG_CODE)
    return render(request, "signin/set_up_factor.html", {"form": form, **seed.shown()})


def _staged(key: str, view: Any) -> Any:
    """A view of one stage, which asks for its own proof in the session: public to the rights table."""
    guarded = login_stage_required(stage=key, redirect_urlname="account_login")(while_proven(key, view))
    return asks(Right.PUBLIC)(wraps(view)(never_cache(guarded)))


new_password = resists(Purpose.CHANGE)(_staged("fanghu_password", _new_password))
set_up_factor = _staged("fanghu_factor", _set_up_factor)


@asks(Right.SELF)
@never_cache
def sign_out(request: HttpRequest) -> HttpResponse:
    """Ask on GET, end the session on POST."""
    if request.method != "POST":
        return render(request, "signin/sign_out.html")
    session = getattr(request, "ledger_session_id", "")
    if session:
        end_session(UUID(session), "signed_out", by=doer_of(request), now=timezone.now())
    logout(request)
    return redirect("account_login")
