"""Accounts of this console: the list, making one, roles, disabling, enabling, resetting a sign-in."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from fanghu.accounts import actions
from fanghu.accounts.forms import DisableForm, EndForm, NewAccountForm, RolesForm
from fanghu.accounts.models import Account
from fanghu.accounts.reading import factor_holders, unsettled_strays
from fanghu.accounts.rules import why_unusable
from fanghu.accounts.words import ROLE_NAMES
from fanghu.shell.access import asks, doer_of
from fanghu.shell.rights import Right, Role


def sentences(request: HttpRequest, refused: actions.Refused) -> list[str]:
    """Why, in the reader's language."""
    if refused.reasons:
        return [message.render(gettext(message.template)) for message in refused.reasons]
    zh = (getattr(request, "LANGUAGE_CODE", "") or "").lower().startswith("zh")
    return [f"{refused.zh_hant if zh else refused.en} ({refused.code})"]


def _refused(request: HttpRequest, form: forms.Form, refused: actions.Refused, field: str | None = None) -> None:
    for sentence in sentences(request, refused):
        form.add_error(field, sentence)


@asks(Right.ACCOUNT_VIEW)
@never_cache
def accounts(request: HttpRequest) -> HttpResponse:
    """Every account with its person, roles, state, second factor and last use."""
    now = timezone.now()
    rows = list(
        Account.objects.filter(canary_run="").select_related("person").prefetch_related("roles").order_by("login_id")
    )
    holders = factor_holders()
    listed = [
        {
            "account": row,
            "roles": [ROLE_NAMES[Role(held.role)] for held in row.roles.all()],
            "factor": row.pk in holders,
            "unusable": why_unusable(row.state, row.valid_from, row.valid_until, now),
        }
        for row in rows
    ]
    reader: Any = request.user
    manages = Right.ACCOUNT_MANAGE in reader.rights
    return render(
        request, "accounts/accounts.html", {"listed": listed, "manages": manages, "strays": unsettled_strays()}
    )


@asks(Right.ACCOUNT_MANAGE)
@never_cache
def new(request: HttpRequest) -> HttpResponse:
    """Make an account; its temporary password is shown once, in the answer itself."""
    form = NewAccountForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            account, password = actions.create_account(
                person=given["person"].pk,
                name=given["person"].name,
                login_id=given["login_id"],
                kind=given["kind"],
                roles=given["roles"],
                valid_until=given["valid_until"],
                lent=given["lent"],
                by=doer_of(request),
                now=timezone.now(),
            )
        except actions.Refused as refused:
            _refused(request, form, refused, "login_id" if refused.code == "FH-ACC-12" else None)
        else:
            return _shown(request, account, password)
    return render(request, "accounts/new.html", {"form": form})


@asks(Right.ACCOUNT_VIEW)
@never_cache
def account(request: HttpRequest, account_id: UUID) -> HttpResponse:
    """One account, with what an administrator may do to it."""
    row = get_object_or_404(Account.objects.select_related("person"), pk=account_id, canary_run="")
    reader: Any = request.user
    own = row.pk == reader.pk or (row.person_id is not None and row.person_id == reader.person_id)
    context = {
        "account": row,
        "roles": [ROLE_NAMES[Role(name)] for name in sorted(row.role_names)],
        "factor": row.pk in factor_holders(),
        "own": own,
        "manages": Right.ACCOUNT_MANAGE in reader.rights and not own,
        "roles_form": RolesForm(initial={"roles": sorted(row.role_names)}),
        "disable_form": DisableForm(),
        "enable_form": EndForm(),
    }
    return render(request, "accounts/account.html", context)


@asks(Right.ACCOUNT_MANAGE)
@require_POST
def roles(request: HttpRequest, account_id: UUID) -> HttpResponse:
    """Change the roles."""
    form = RolesForm(request.POST)
    if form.is_valid():
        get_object_or_404(Account, pk=account_id, canary_run="")
        actions.change_roles(account_id, form.cleaned_data["roles"], by=doer_of(request), now=timezone.now())
        messages.success(request, _("The roles are changed; the holder signs in again."))
    return redirect("account", account_id)


@asks(Right.ACCOUNT_MANAGE)
@require_POST
def disable(request: HttpRequest, account_id: UUID) -> HttpResponse:
    """Disable at once."""
    form = DisableForm(request.POST)
    get_object_or_404(Account, pk=account_id, canary_run="")
    if form.is_valid():
        actions.disable_account(account_id, form.cleaned_data["reason"], by=doer_of(request), now=timezone.now())
        messages.success(request, _("The account is disabled; its sessions are ended."))
    else:
        messages.error(request, _("Say why the account is disabled."))
    return redirect("account", account_id)


@asks(Right.ACCOUNT_MANAGE)
@require_POST
@never_cache
def enable(request: HttpRequest, account_id: UUID) -> HttpResponse:
    """Enable again with a temporary password, shown once."""
    row = get_object_or_404(Account, pk=account_id, canary_run="")
    form = EndForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("The end is not a date and time."))
        return redirect("account", account_id)
    try:
        password = actions.enable_account(
            account_id, form.cleaned_data["valid_until"], by=doer_of(request), now=timezone.now()
        )
    except actions.Refused as refused:
        for sentence in sentences(request, refused):
            messages.error(request, sentence)
        return redirect("account", account_id)
    return _shown(request, row, password)


@asks(Right.ACCOUNT_MANAGE)
@require_POST
@never_cache
def reset(request: HttpRequest, account_id: UUID) -> HttpResponse:
    """Give a temporary password, shown once; with ``factor`` the second factor goes too."""
    row = get_object_or_404(Account, pk=account_id, canary_run="")
    password = actions.reset_sign_in(
        account_id, factor="factor" in request.POST, by=doer_of(request), now=timezone.now()
    )
    return _once(request, row, password)


def _shown(request: HttpRequest, row: Account, password: str) -> HttpResponse:
    """The temporary password, where there is one: a lent account's comes with its check-out."""
    if password:
        return _once(request, row, password)
    messages.success(request, _("The account stands; it is used by check-out only."))
    return redirect("account", row.pk)


def _once(request: HttpRequest, row: Account, password: str) -> HttpResponse:
    """The only page that ever shows a temporary password; not stored, not cached, gone on reload."""
    response = render(request, "accounts/once.html", {"account": row, "password": password})
    response.headers["Cache-Control"] = "no-store"
    return response
