"""How a request reached us, and what was asked of its browser's passkey."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone

from fanghu.signin.relying_party import RelyingParty, origin_of, relying_party

KEY, LIFE = "fanghu.passkey", 300
"""An answer is taken for so many seconds."""


def party_of(request: HttpRequest) -> RelyingParty | None:
    """The relying party, where this page was reached under its name."""
    party = relying_party(settings.BASE_URL)
    host, _colon, port = request.get_host().partition(":")
    here = origin_of(host, int(port) if port.isdigit() else None)
    return party if party is not None and party.origin == here else None


def remember_asked(request: HttpRequest, purpose: str, state: dict[str, Any], **more: Any) -> None:
    """Keep the state of the newest question in the session; ``at`` keeps the time of an older one."""
    request.session[KEY] = {"purpose": purpose, "state": state, "at": timezone.now().timestamp(), **more}


def asked(request: HttpRequest, purpose: str) -> dict[str, Any] | None:
    """What was kept for this purpose, while it is fresh."""
    kept = request.session.get(KEY)
    if not kept or kept["purpose"] != purpose or timezone.now().timestamp() - kept["at"] > LIFE:
        return None
    return dict(kept)


def take_asked(request: HttpRequest, purpose: str) -> dict[str, Any] | None:
    """The state of the question, once: an answer is tried against it only one time."""
    kept = asked(request, purpose)
    request.session.pop(KEY, None)
    return kept["state"] if kept else None
