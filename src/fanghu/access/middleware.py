"""Decides on every request of a session, right after the ledger has said whose it is."""

from __future__ import annotations

from collections.abc import Callable

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from fanghu.access.deciding import of_session
from fanghu.access.rules import Decision
from fanghu.access.words import BY_THE_CLOCK, refusal
from fanghu.events.actions import record
from fanghu.shell.access import doer_of, refuse
from fanghu.signin.ledger import forget
from fanghu.signin.sessions import end_session, see


class ConditionMiddleware:
    """Ends a session outside the conditions of use, and refuses a request for something outside them (3.5)."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Pass on what lies inside; what is passed on counts as use."""
        session = getattr(request, "ledger_session", None)
        if session is None:
            return self.get_response(request)
        now = timezone.now()
        source = request.META.get("REMOTE_ADDR", "")
        decision = of_session(session, request.user, source=source, path=request.path_info, now=now)
        if decision.allow:
            see(session, now)
            return self.get_response(request)
        return self.turn_away(request, decision)

    def turn_away(self, request: HttpRequest, decision: Decision) -> HttpResponse:
        """End the session with its event, or only refuse the request with its own."""
        now, by, reason = timezone.now(), doer_of(request), decision.ends
        if reason is None:
            with transaction.atomic():
                record(
                    "session.refused", by=by, now=now, object_=f"account:{by.account}", outcome="failure",
                    detail={"reasons": list(decision.reasons)},
                )  # fmt: skip
            return refuse(request, 403, *refusal(decision.reasons[0]))
        end_session(request.ledger_session.pk, reason, by=by, now=now)  # type: ignore[attr-defined]
        forget(request, reason)
        if reason in BY_THE_CLOCK:  # nothing wrong was tried: the sign-in page says what happened
            return self.get_response(request)
        return refuse(request, 403, *refusal(reason))
