"""The challenge before every sign-in and password change: asked, checked and spent before any password is tried (6.8)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import wraps
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.utils import timezone
from django.utils.timezone import localtime
from django.utils.translation import gettext, gettext_noop
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from fanghu.accounts.rules import fold_login_id
from fanghu.events.doer import Doer
from fanghu.shell.access import asks, doer_of
from fanghu.shell.rights import Right
from fanghu.signin import proof_of_work, throttling
from fanghu.signin.attempts import hash_of
from fanghu.signin.models import FailureCount, SpentProof

KEY, EARNED = "proof-of-work", "fanghu.proof"
KEPT = timedelta(days=1)
SPEND = (
    f"INSERT INTO {SpentProof._meta.db_table} (salt, purpose, id_hash, spent_at) "  # noqa: S608 - our own table's name
    "VALUES (%s, %s, %s, %s) ON CONFLICT DO NOTHING"
)
SENTENCES = {
    "FH-SGN-02": gettext_noop(
        "Sign-in with this login id is locked after failures; try again after {until} (FH-SGN-02)."
    ),
    "FH-SGN-30": gettext_noop(
        "The answer to this page's challenge is missing or expired; press the button again (FH-SGN-30)."
    ),
    "FH-SGN-31": gettext_noop("Too many attempts came from this address; try again after {until} (FH-SGN-31)."),
    "FH-SGN-32": gettext_noop("This answer to the challenge was used already; press the button again (FH-SGN-32)."),
    "FH-SGN-33": gettext_noop("After failures more work is asked; press the button again (FH-SGN-33)."),
    "FH-SGN-34": gettext_noop("The code is not right, or its time is over; ask for a new one (FH-SGN-34)."),
    "FH-SGN-35": gettext_noop("The wait is not over; send the code again from {until} on (FH-SGN-35)."),
    "FH-SGN-36": gettext_noop(
        "No mail is set up here, so there is no way without script; turn script on, or ask the administrator to set up mail (FH-SGN-36)."
    ),
}


class Purpose(StrEnum):
    """What a challenge is good for; one for another purpose is none."""

    SIGN_IN = "sign-in"
    CHANGE = "change"


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why an attempt goes no further, as a code with its sentence, and until when if a time ends it."""

    code: str
    until: datetime | None = None

    def said(self) -> str:
        """The sentence with its code in the reader's language; times in Taipei, ISO 8601."""
        until = localtime(self.until).isoformat(timespec="seconds") if self.until else ""
        return gettext(SENTENCES[self.code]).format(until=until)


def sentence_of(code: str) -> str:
    """A refusal's sentence without a time."""
    return Refusal(code).said()


def bound_to(purpose: Purpose, login_id: str) -> str:
    """Whom a challenge is for: a login id's keyed hash (another than the log's), or nobody in particular."""
    return settings.CUSTODY.keyed_hash("challenge", fold_login_id(login_id))[:32] if purpose is Purpose.SIGN_IN else "-"


def cost_now(attempts: int, id_hash: str) -> int:
    """The most hashes that a proof may cost just now, for a source with so many attempts and a login id (known or not)."""
    failures = FailureCount.objects.filter(pk=id_hash).values_list("failures", flat=True).first() if id_hash else 0
    return int(settings.FANGHU_PROOF_COST) * proof_of_work.times_dearer(attempts, failures or 0)


def admit(purpose: Purpose, login_id: str, id_hash: str, proof: str, *, by: Doer, now: datetime) -> Refusal | None:
    """Count the attempt for its source, then check and spend the proof; what refuses it, or None. No hash of a password."""
    with transaction.atomic():
        charge = throttling.charge(by=by, now=now)
        if charge.until is not None:
            return Refusal("FH-SGN-31", charge.until)
        answer = proof_of_work.read(settings.CUSTODY.secret(KEY), proof, now)
        if answer is None or (answer.purpose, answer.bound) != (purpose, bound_to(purpose, login_id)):
            return Refusal("FH-SGN-30")
        if answer.cost < cost_now(charge.before, id_hash):
            return Refusal("FH-SGN-33")
        return None if spend(answer.salt, purpose, id_hash, now) else Refusal("FH-SGN-32")


def spend(salt: str, purpose: str, id_hash: str, now: datetime) -> bool:
    """Whether this salt is used for the first time; of two at the same moment only one is."""
    values = [salt, purpose, id_hash, connection.ops.adapt_datetimefield_value(now)]
    with connection.cursor() as cursor:
        cursor.execute(SPEND, values)
        return bool(cursor.rowcount == 1)


def forget_spent(now: datetime) -> int:
    """Remove proofs spent more than ``KEPT`` ago: long expired, and of no more use as evidence; return how many."""
    return SpentProof.objects.filter(spent_at__lt=now - KEPT).delete()[0]


def proof_of(request: HttpRequest) -> str:
    """The proof that a form brings, or the one that waiting and a mailed code have earned this browser."""
    return request.POST.get("proof", "") or str(request.session.pop(EARNED, ""))


def resists(purpose: Purpose) -> Callable[[Any], Any]:
    """A view whose POST does not begin before a proof for ``purpose`` is spent; a refused one begins again."""

    def mark(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if request.method == "POST":
                by, now = doer_of(request), timezone.now()
                refusal = admit(purpose, "", "", proof_of(request), by=by, now=now)
                if refusal is not None:
                    return begin_again(request, refusal.said())
                throttling.give_back(by=by)
            return view(request, *args, **kwargs)

        guarded.fanghu_resists = purpose  # type: ignore[attr-defined]
        return guarded

    return mark


def begin_again(request: HttpRequest, sentence: str) -> HttpResponse:
    """Back to the page with a sentence on it: nothing is rendered for an attempt that is refused."""
    messages.error(request, sentence)
    return HttpResponseRedirect(request.get_full_path())


def locked(until: datetime) -> str:
    """What anybody is told about a lock, whether the login id exists or not."""
    return Refusal("FH-SGN-02", until).said()


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
    key = settings.CUSTODY.secret(KEY)
    return JsonResponse(
        {"challenge": proof_of_work.ask(key, purpose, bound_to(purpose, login_id), cost, now), "cost": cost}
    )
