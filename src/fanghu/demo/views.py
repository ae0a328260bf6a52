"""The page behind a one-time link of the sample: opening it does nothing, its button signs in."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings
from django.contrib.auth import login
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from fanghu.accounts.reading import account_by_login
from fanghu.demo import links
from fanghu.demo.folder import is_loopback, require_sample
from fanghu.events.actions import record
from fanghu.events.doer import Doer
from fanghu.shell.access import asks, refuse
from fanghu.shell.rights import Right
from fanghu.signin.sessions import open_session

METHOD = "sample_link"


@asks(Right.PUBLIC)
@require_http_methods(["GET", "POST"])
def enter(request: HttpRequest, token: str) -> HttpResponse:
    """Show whom the link signs in; sign in on POST, once."""
    home = Path(settings.HOME)
    require_sample(home)
    if not is_loopback(request.META.get("REMOTE_ADDR", "")):
        return refuse(request, 403, "FH-DEM-03", _("The demo serves this machine only."))
    login_id = links.use(home, token) if request.method == "POST" else links.whose(home, token)
    account = account_by_login(login_id) if login_id else None
    if account is None:
        return refuse(request, 404, "FH-DEM-04", _("This link is used already; start ./run demo again for new ones."))
    if request.method == "GET":
        return render(request, "demo/enter.html", {"account": account})
    now = timezone.now()
    login(request, account, backend=settings.AUTHENTICATION_BACKENDS[0])
    open_session(request, account, [METHOD], now=now)
    with transaction.atomic():
        by = Doer("console", account=str(account.pk), person=str(account.person_id), place=request.META["REMOTE_ADDR"])
        record("signin.succeeded", by=by, now=now, object_=f"account:{account.pk}", detail={"methods": [METHOD]})
    return redirect(settings.LOGIN_REDIRECT_URL)
