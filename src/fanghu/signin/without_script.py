"""Sign-in and password change without script: a wait that the server times, and a code by mail, instead of work (6.8).

First a ticket, good for one try and not before its wait is over. The code goes by mail to the address of the login id's
holder, if there is one; whether there is shows nowhere. Ticket and code earn a proof, which this browser's next form
uses as if the browser had worked for it.
"""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta

from django import forms
from django.conf import settings
from django.contrib import messages
from django.core import mail, signing
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache

from fanghu.accounts.reading import account_by_login
from fanghu.shell.access import asks, doer_of
from fanghu.shell.rights import Right
from fanghu.signin import proof_of_work, throttling
from fanghu.signin.challenge import EARNED, Purpose, bound_to, key
from fanghu.signin.counts import spend
from fanghu.signin.deadline import held
from fanghu.signin.models import MailedCode
from fanghu.signin.refusals import Refusal

WAIT, LIFE = timedelta(seconds=30), timedelta(minutes=15)
"""The wait after a first attempt (longer after others, as the work would be), and how long a ticket lives."""
SEAL = "mailed-code"
SUBJECT = "防護登入驗證碼 / Fanghu sign-in code"
BODY = "驗證碼 / code: {code}\n\n15 分鐘內有效，限用一次；若非您本人要求，請通知資安人員。\nGood once, for 15 minutes. If you did not ask for it, tell the security officer.\n"


class WhoForm(forms.Form):
    """For whom the code is asked."""

    login = forms.CharField(label=_("Login id"), max_length=1_000)


class CodeForm(forms.Form):
    """The ticket, and the code from the mail."""

    ticket = forms.CharField(widget=forms.HiddenInput)
    code = forms.CharField(
        label=_("Code from the mail"),
        max_length=12,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric"}),
    )


@asks(Right.PUBLIC)
@never_cache
def without_script(request: HttpRequest, purpose: str) -> HttpResponse:
    """Ask for a code; then, when the wait is over, type it."""
    try:
        wanted = Purpose(purpose)
    except ValueError:
        raise Http404 from None
    if not settings.EMAIL_HOST:
        return _page(request, wanted, None, closed=Refusal("FH-SGN-36").said())
    if request.method != "POST":
        return _page(request, wanted, WhoForm())
    by, now = doer_of(request), timezone.now()
    charge = throttling.charge(by=by, now=now)
    if charge.until is not None:
        messages.error(request, Refusal("FH-SGN-31", charge.until).said())
        return redirect("without_script", wanted)
    if "ticket" in request.POST:
        return _redeem(request, wanted, now)
    form = WhoForm(request.POST)
    if not form.is_valid():
        return _page(request, wanted, form)
    ready_at = now + WAIT * proof_of_work.times_dearer(charge.before, 0)
    ticket = _issue(wanted, form.cleaned_data["login"], ready_at, now)
    return held(_page(request, wanted, CodeForm(initial={"ticket": ticket}), ready_at=ready_at))


def _page(
    request: HttpRequest,
    purpose: Purpose,
    form: forms.Form | None,
    *,
    closed: str = "",
    ready_at: datetime | None = None,
) -> HttpResponse:
    context = {"form": form, "purpose": purpose, "closed": closed, "ready_at": ready_at}
    return render(request, "signin/without_script.html", context)


def _issue(purpose: Purpose, login_id: str, ready_at: datetime, now: datetime) -> str:
    """A ticket and, on its way by the keeper, its code; the same work for an id that nobody has."""
    code, salt = f"{secrets.randbelow(10**8):08d}", secrets.token_hex(12)
    account = account_by_login(login_id)
    sealed = settings.CUSTODY.seal(SEAL, code.encode(), bound_to=str(account.pk if account else None)).hex()
    MailedCode.objects.create(account=account, sealed=sealed, made_at=now)
    told = {
        "salt": salt,
        "bound": bound_to(purpose, login_id),
        "ready": ready_at.timestamp(),
        "dies": (ready_at + LIFE).timestamp(),
        "code": settings.CUSTODY.keyed_hash(SEAL, f"{salt}{code}"),
    }
    return signing.dumps(told, salt=f"ticket-{purpose}")


def _redeem(request: HttpRequest, purpose: Purpose, now: datetime) -> HttpResponse:
    """Take ticket and code: too early changes nothing, anything else uses the ticket up."""
    form = CodeForm(request.POST)
    try:
        told = signing.loads(request.POST["ticket"], salt=f"ticket-{purpose}")
    except signing.BadSignature:
        told = {"dies": 0}
    if now.timestamp() >= told["dies"] or not form.is_valid():
        return _again(request, purpose, "FH-SGN-34")
    ready_at = datetime.fromtimestamp(told["ready"], UTC)
    if now < ready_at:
        form.add_error("code", Refusal("FH-SGN-35", ready_at).said())
        return held(_page(request, purpose, form, ready_at=ready_at))
    typed = settings.CUSTODY.keyed_hash(SEAL, f"{told['salt']}{''.join(form.cleaned_data['code'].split())}")
    with transaction.atomic():
        if not spend(told["salt"], "ticket", "", now) or not constant_time_compare(typed, told["code"]):
            return held(_again(request, purpose, "FH-SGN-34"))
    throttling.give_back(by=doer_of(request))
    proof = proof_of_work.given(key(), purpose, told["bound"], settings.FANGHU_PROOF_COST * proof_of_work.DEAREST, now)
    messages.success(request, gettext("Go on within five minutes: this form is open for one try."))
    change = "password_change" if request.user.is_authenticated else "signin_password"
    response = redirect("account_login" if purpose is Purpose.SIGN_IN else change)
    response.set_cookie(EARNED, proof, max_age=proof_of_work.LIFE, secure=True, httponly=True, samesite="Strict")
    return response


def _again(request: HttpRequest, purpose: Purpose, code: str) -> HttpResponse:
    messages.error(request, Refusal(code).said())
    return redirect("without_script", purpose)


def send_codes(now: datetime) -> int:
    """Mail the codes that wait, to holders with an address; the rows go either way. Return how many were mailed."""
    sent = 0
    for row in MailedCode.objects.select_related("account__person").order_by("pk")[:50]:
        address = row.account.person.email if row.account is not None and row.account.person is not None else ""
        MailedCode.objects.filter(pk=row.pk).delete()
        if not address or now - row.made_at > LIFE or not settings.EMAIL_HOST:
            continue
        code = settings.CUSTODY.unseal(SEAL, bytes.fromhex(row.sealed), bound_to=str(row.account_id)).decode()
        sent += mail.send_mail(SUBJECT, BODY.format(code=code), None, [address])
    return sent
