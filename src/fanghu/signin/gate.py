"""The gate before sign-in: source, proof and lock are looked at before the session, the form and any password (6.8).

Whoever is refused here has cost less than a thousandth of a second and no hash. What is refused further in, a wrong
password, leaves by the same answer.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone

from fanghu.events.doer import Doer
from fanghu.faults import Fault
from fanghu.signin.attempts import hash_of, refused_by_lock
from fanghu.signin.challenge import Purpose, admit, proof_of
from fanghu.signin.refusals import LOCKED, MARK, Refusal, begin_again

ADMITTED = "fanghu_admitted"
FORM = "application/x-www-form-urlencoded"


@cache
def _sign_in() -> str:
    return reverse("account_login")


def weigh(request: HttpRequest) -> Refusal | None:
    """What refuses this attempt to sign in, or None; counted and spent in one transaction."""
    login_id, now = request.POST.get("login", ""), timezone.now()
    by = Doer("console", place=request.META.get("REMOTE_ADDR", ""))
    id_hash = hash_of(login_id)
    with transaction.atomic():
        refusal = admit(Purpose.SIGN_IN, login_id, id_hash, proof_of(request), by=by, now=now)
        if refusal is not None:
            return refusal
        until = refused_by_lock(id_hash, by=by, now=now)
    return Refusal(LOCKED, until) if until else None


class GateMiddleware:
    """Stands behind what gives every answer its headers, and before all else."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Refuse, or let pass and give a refusal from further in the same form."""
        if request.method != "POST" or request.path != _sign_in():
            return self.get_response(request)
        if request.content_type == FORM and not _from_elsewhere(request):
            try:
                refusal = weigh(request)
            except Fault:  # the view meets it again, and there is a page to say it
                return self.get_response(request)
            if refusal is not None:
                return begin_again(request, refusal)
            setattr(request, ADMITTED, True)
        response = self.get_response(request)
        refusal = getattr(response, MARK, None)
        return response if refusal is None else begin_again(request, refusal)


def _from_elsewhere(request: HttpRequest) -> bool:
    """Whether another site's page sent this form: it must not count against the visitor's source; Django refuses it."""
    origin = request.META.get("HTTP_ORIGIN", "")
    return bool(origin) and origin != f"{request.scheme}://{request.get_host()}"
