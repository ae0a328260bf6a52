"""One's own second factors: passkeys made, factors removed, recovery codes; the password is asked for again each time."""

from __future__ import annotations

import base64
import json
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from fanghu.accounts.reading import has_factor
from fanghu.faults import Fault
from fanghu.shell.access import asks, doer_of
from fanghu.shell.rights import Right
from fanghu.signin.adapter import WRONG
from fanghu.signin.attempts import confirm_password
from fanghu.signin.factor_forms import NewPasskeyForm, PasskeyForm, PasswordAgainForm
from fanghu.signin.factors import PASSKEY, factors_of, remove_factor
from fanghu.signin.passkeys import MOST, add_passkey, ask_new
from fanghu.signin.reached import asked, party_of, remember_asked, take_asked
from fanghu.signin.recovery import codes_left, make_codes
from fanghu.signin.relying_party import relying_party

PURPOSE, SHOWN_ONCE = "new-passkey", "fanghu.codes"


def confirmed(request: HttpRequest, form: PasswordAgainForm) -> bool:
    """Whether the form was sent with the right password; a wrong one counts, and is said on the form."""
    if request.method != "POST" or not form.is_valid():
        return False
    account: Any = request.user
    if confirm_password(account, form.cleaned_data["present"], by=doer_of(request), now=timezone.now()):
        return True
    form.add_error("present", WRONG)
    return False


@asks(Right.SELF)
@never_cache
@sensitive_post_parameters()
def new_passkey(request: HttpRequest) -> HttpResponse:
    """A name and the password first; the browser is asked on the next page."""
    account: Any = request.user
    party = party_of(request)
    if party is None:
        return render(request, "signin/passkey_elsewhere.html", {"party": relying_party(settings.BASE_URL)})
    if sum(factor.kind == PASSKEY for factor in factors_of(account)) >= MOST:
        raise Fault(
            "FH-SGN-41",
            f"An account holds at most {MOST} passkeys; remove one first.",
            f"每一帳號至多 {MOST} 組通行密鑰；請先移除一組。",
        )
    form = NewPasskeyForm(request.POST or None)
    if confirmed(request, form):
        remember_asked(request, PURPOSE, {}, name=form.cleaned_data["name"])
        return redirect("passkey_make")
    return render(request, "signin/new_passkey.html", {"form": form})


@asks(Right.SELF)
@never_cache
def make_passkey(request: HttpRequest) -> HttpResponse:
    """The browser makes the passkey; its answer is kept when it is to what was asked last."""
    account: Any = request.user
    kept, party = asked(request, PURPOSE), party_of(request)
    if kept is None or party is None:
        return redirect("passkey_new")
    form = PasskeyForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        state = take_asked(request, PURPOSE) or {}
        answer, by, now = form.cleaned_data["credential"], doer_of(request), timezone.now()
        if add_passkey(account, kept["name"], answer, state, party, by=by, now=now):
            messages.success(request, _("The passkey is added; it is asked for after your password."))
            return redirect("my_account")
        messages.error(request, _("The passkey was not accepted; begin again (FH-SGN-42)."))
        return redirect("passkey_new")
    options, state = ask_new(account, party)
    remember_asked(request, PURPOSE, state, name=kept["name"], at=kept["at"])
    return render(
        request, "signin/make_passkey.html", {"form": form, "options": json.dumps(options), "name": kept["name"]}
    )


@asks(Right.SELF)
@never_cache
@sensitive_post_parameters()
def remove(request: HttpRequest, factor_id: int) -> HttpResponse:
    """Remove one of one's own factors; somebody else's is none."""
    account: Any = request.user
    found = next((factor for factor in factors_of(account) if factor.id == factor_id), None)
    if found is None:
        raise Http404
    form = PasswordAgainForm(request.POST or None)
    if confirmed(request, form):
        remove_factor(account, factor_id, party_of(request), by=doer_of(request), now=timezone.now())
        messages.success(request, _("The second factor is removed."))
        return redirect("my_account")
    return render(request, "signin/remove_factor.html", {"form": form, "factor": found})


@asks(Right.SELF)
@never_cache
@sensitive_post_parameters()
def codes(request: HttpRequest) -> HttpResponse:
    """Make recovery codes; older ones become void."""
    account: Any = request.user
    form = PasswordAgainForm(request.POST or None)
    if confirmed(request, form):
        made = make_codes(account, by=doer_of(request), now=timezone.now())
        sealed = settings.CUSTODY.seal("shown-once", json.dumps(made).encode(), bound_to=str(account.pk))
        request.session[SHOWN_ONCE] = base64.b64encode(sealed).decode()
        return redirect("recovery_codes_shown")
    context = {"form": form, "left": codes_left(account), "has_factor": has_factor(account)}
    return render(request, "signin/recovery_codes.html", context)


@asks(Right.SELF)
@never_cache
def codes_shown(request: HttpRequest) -> HttpResponse:
    """The fresh codes, this once; they wait for this page sealed in the session."""
    account: Any = request.user
    sealed = request.session.pop(SHOWN_ONCE, "")
    if not sealed:
        return redirect("recovery_codes")
    plain = settings.CUSTODY.unseal("shown-once", base64.b64decode(sealed), bound_to=str(account.pk))
    return render(request, "signin/recovery_codes_shown.html", {"codes": json.loads(plain), "made_at": timezone.now()})
