"""Pages of lent accounts: who has which, asking for one, beginning, giving back; and stray sign-ins to settle."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from fanghu.accounts import check_outs, strays
from fanghu.accounts.actions import Refused
from fanghu.accounts.forms import CheckOutForm, SettleForm
from fanghu.accounts.models import Account, CheckOut, StraySignIn
from fanghu.accounts.views import sentences
from fanghu.accounts.words import WHY_STRAY
from fanghu.shell.access import asks, doer_of
from fanghu.shell.rights import Right

MOST = 100


@asks(Right.ACCOUNT_MANAGE)
@never_cache
def lending(request: HttpRequest) -> HttpResponse:
    """Who has which lent account, the last ones, and the form to ask for one."""
    form = CheckOutForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            granted = check_outs.ask_for(
                given["account"].pk, given["hours"], given["reason"], by=doer_of(request), now=timezone.now()
            )
        except Refused as refused:
            for sentence in sentences(request, refused):
                form.add_error(None, sentence)
        else:
            messages.success(
                request,
                _("Begin the check-out when you need it.") if granted else _("A second person must approve it first."),
            )
            return redirect("check_outs")
    rows = CheckOut.objects.filter(account__canary_run="").select_related("account", "person").order_by("-granted_at")
    return render(
        request, "accounts/check_outs.html", {"form": form, "rows": rows[:MOST], "me": doer_of(request).person}
    )


@asks(Right.ACCOUNT_MANAGE)
@require_POST
@never_cache
def take(request: HttpRequest, check_out_id: UUID) -> HttpResponse:
    """Begin: the password of this check-out, shown once."""
    row = get_object_or_404(CheckOut.objects.select_related("account"), pk=check_out_id)
    try:
        password = check_outs.take(check_out_id, by=doer_of(request), now=timezone.now())
    except Refused as refused:
        for sentence in sentences(request, refused):
            messages.error(request, sentence)
        return redirect("check_outs")
    response = render(request, "accounts/lent.html", {"account": row.account, "password": password})
    response.headers["Cache-Control"] = "no-store"
    return response


@asks(Right.ACCOUNT_MANAGE)
@require_POST
def give_back(request: HttpRequest, check_out_id: UUID) -> HttpResponse:
    """The work is done."""
    try:
        check_outs.give_back(check_out_id, by=doer_of(request), now=timezone.now())
    except Refused as refused:
        for sentence in sentences(request, refused):
            messages.error(request, sentence)
    else:
        messages.success(request, _("Given back: its password is void and its sessions are ended."))
    return redirect("check_outs")


@asks(Right.ACCOUNT_VIEW)
@require_safe
def stray_sign_ins(request: HttpRequest) -> HttpResponse:
    """Sign-ins that nobody stands behind: those to settle first, then the last ones settled."""
    waiting = list(StraySignIn.objects.filter(settled_at=None, run="").order_by("at")[:MOST])
    settled = list(
        StraySignIn.objects.filter(settled_at__isnull=False, run="")
        .select_related("settled_by_person")
        .order_by("-settled_at")[:MOST]
    )
    names = {str(pk): login_id for pk, login_id in _names([*waiting, *settled])}
    reader = request.user
    context = {
        "waiting": [(row, names.get(row.account, row.account), WHY_STRAY[row.why]) for row in waiting],
        "settled": [(row, names.get(row.account, row.account), WHY_STRAY[row.why]) for row in settled],
        "settles": Right.APPROVAL_DECIDE in getattr(reader, "rights", frozenset()),
    }
    return render(request, "accounts/strays.html", context)


def _names(rows: list[StraySignIn]) -> list[tuple[UUID, str]]:
    ids = [row.account for row in rows if strays.is_uuid(row.account)]
    return list(Account.objects.filter(pk__in=ids).values_list("pk", "login_id"))


@asks(Right.APPROVAL_DECIDE)
@require_POST
def settle(request: HttpRequest, stray_id: int) -> HttpResponse:
    """A person says what it was."""
    form = SettleForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Say what this sign-in was."))
        return redirect("strays")
    try:
        strays.settle(stray_id, form.cleaned_data["reason"], by=doer_of(request), now=timezone.now())
    except Refused as refused:
        for sentence in sentences(request, refused):
            messages.error(request, sentence)
    else:
        messages.success(request, _("Settled, with your name and reason."))
    return redirect("strays")
