"""The challenge before every sign-in and password change: asked, checked and spent before any password is tried (6.8)."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cache, wraps
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from fanghu.accounts.rules import fold_login_id
from fanghu.events.doer import Doer
from fanghu.shell.access import asks, doer_of
from fanghu.shell.rights import Right
from fanghu.signin import counts, proof_of_work, throttling
from fanghu.signin.attempts import hash_of
from fanghu.signin.models import SpentProof
from fanghu.signin.refusals import Refusal

EARNED = "__Host-fanghu-proof"
KEPT = timedelta(days=1)


class Purpose(StrEnum):
    """What a challenge is good for; one for another purpose is none."""

    SIGN_IN = "sign-in"
    CHANGE = "change"


@cache
def key() -> bytes:
    """What challenges are signed with."""
    return bytes(settings.CUSTODY.secret("proof-of-work"))


def bound_to(purpose: Purpose, login_id: str) -> str:
    """Whom a challenge is for: a login id's keyed hash (another than the log's), or nobody in particular."""
    if purpose is not Purpose.SIGN_IN:
        return "-"
    return hmac.digest(key(), f"login id {fold_login_id(login_id)}".encode(), "sha256")[:16].hex()


def cost_now(attempts: int, id_hash: str) -> int:
    """The most hashes that a proof may cost just now, for a source with so many attempts and a login id (known or not)."""
    failures = counts.failures_of(id_hash) if id_hash else 0
    return int(settings.FANGHU_PROOF_COST) * proof_of_work.times_dearer(attempts, failures)


def admit(purpose: Purpose, login_id: str, id_hash: str, proof: str, *, by: Doer, now: datetime) -> Refusal | None:
    """Count the attempt for its source, then check and spend the proof; what refuses it, or None. No hash of a password."""
    with transaction.atomic(savepoint=False):
        charge = throttling.charge(by=by, now=now)
        if charge.until is not None:
            return Refusal("FH-SGN-31", charge.until)
        answer = proof_of_work.read(key(), proof, now)
        if answer is None or (answer.purpose, answer.bound) != (purpose, bound_to(purpose, login_id)):
            return Refusal("FH-SGN-30")
        if answer.cost < cost_now(charge.before, id_hash):
            return Refusal("FH-SGN-33")
        return None if counts.spend(answer.salt, purpose, id_hash, now) else Refusal("FH-SGN-32")


def forget_spent(now: datetime) -> int:
    """Remove proofs spent more than ``KEPT`` ago: long expired, and of no more use as evidence; return how many."""
    return SpentProof.objects.filter(spent_at__lt=now - KEPT).delete()[0]


def proof_of(request: HttpRequest) -> str:
    """The proof that a form brings, or the one that waiting and a mailed code have earned this browser."""
    return request.POST.get("proof", "") or request.COOKIES.get(EARNED, "")


def resists(purpose: Purpose) -> Callable[[Any], Any]:
    """A view whose POST does not begin before a proof for ``purpose`` is spent; a refused one begins again."""

    def mark(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if request.method == "POST":
                by, now = doer_of(request), timezone.now()
                refusal = admit(purpose, "", "", proof_of(request), by=by, now=now)
                if refusal is not None:
                    messages.error(request, refusal.said())
                    return HttpResponseRedirect(request.get_full_path())
                throttling.give_back(by=by)
            return view(request, *args, **kwargs)

        guarded.fanghu_resists = purpose  # type: ignore[attr-defined]
        return guarded

    return mark


@asks(Right.PUBLIC)
@csrf_exempt  # a question: it changes nothing
@never_cache
@require_POST
def challenge(request: HttpRequest) -> HttpResponse:
    """A challenge for a purpose and, at sign-in, the login id typed; the same for ids that exist and ids that do not."""
    try:
        purpose = Purpose(request.POST.get("purpose", ""))
    except ValueError:
        return JsonResponse({}, status=400)
    now = timezone.now()
    login_id = request.POST.get("login", "") if purpose is Purpose.SIGN_IN else ""
    attempts = throttling.attempts_of(request.META.get("REMOTE_ADDR", ""), now)
    cost = cost_now(attempts, hash_of(login_id) if purpose is Purpose.SIGN_IN else "")
    return JsonResponse(
        {"challenge": proof_of_work.ask(key(), purpose, bound_to(purpose, login_id), cost, now), "cost": cost}
    )
