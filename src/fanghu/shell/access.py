"""The deny-by-default gate: a view says which right it asks for, or nobody gets in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _

from fanghu.events.doer import Doer
from fanghu.faults import Fault
from fanghu.shell.rights import Right
from fanghu.shell.signals import access_refused

View = TypeVar("View", bound=Callable[..., HttpResponseBase])


class Denied(Fault):
    """A fault that keeps somebody out: the page answers 403."""


def asks(right: Right) -> Callable[[View], View]:
    """Declare the right a view asks for; SELF means any signed-in account, PUBLIC anyone."""

    def mark(view: View) -> View:
        view.fanghu_right = right  # type: ignore[attr-defined]
        return view

    return mark


def doer_of(request: HttpRequest) -> Doer:
    """Who acts in this request: the signed-in account, its person, the client's address, the ledger session; a canary's drill run."""
    user = request.user
    signed_in = user.is_authenticated
    return Doer(
        "console",
        account=str(user.pk) if signed_in else "",
        person=str(user.acting_person_id or "") if signed_in else "",
        place=request.META.get("REMOTE_ADDR", ""),
        session=getattr(request, "ledger_session_id", "") or "",
        run=user.canary_run if signed_in else "",
    )


def refuse(request: HttpRequest, status: int, code: str, sentence: str) -> HttpResponse:
    """The one error page: a short sentence and a code (7.6)."""
    return render(request, "shell/error.html", {"code": code, "sentence": sentence}, status=status)


class RightsMiddleware:
    """Lets a view run only when the right it asks for is held (3.8, 3.10)."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Pass on; the gate is ``process_view``, where the view is known."""
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponse], _args: Any, _kwargs: Any
    ) -> HttpResponse | None:
        """Deny unless the view's right is PUBLIC, or SELF/one of the account's own."""
        right = getattr(view, "fanghu_right", None)
        if right is None and request.resolver_match is not None:
            right = settings.FANGHU_VIEW_RIGHTS.get(request.resolver_match.view_name)
        if right == Right.PUBLIC:
            return None
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        if right == Right.SELF or (right is not None and right in request.user.rights):
            return None
        page = request.resolver_match.view_name if request.resolver_match is not None else ""
        access_refused.send(type(self), request=request, right=str(right or ""), page=page)
        return refuse(request, 403, "FH-ACC-01", _("Your role does not give you this page; ask the security officer."))

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Show a Fault as its sentence and code; anything else stays an error 500."""
        if not isinstance(exception, Fault):
            return None
        zh = (getattr(request, "LANGUAGE_CODE", "zh-hant") or "").lower().startswith("zh")
        status = 403 if isinstance(exception, Denied) else 400
        return refuse(request, status, exception.code, exception.zh_hant if zh else exception.en)
