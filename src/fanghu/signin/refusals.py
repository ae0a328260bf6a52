"""Why an attempt goes no further: a code, its sentence, and until when; carried by a redirect, rendered by the next page."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponseRedirect
from django.utils.timezone import localtime
from django.utils.translation import gettext, gettext_noop

from fanghu.signin.deadline import held

AGAIN = "again"
MARK = "fanghu_refusal"
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
WRONG, LOCKED = "FH-SGN-01", "FH-SGN-02"


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why an attempt goes no further, and until when if a time ends it."""

    code: str
    until: datetime | None = None

    def said(self) -> str:
        """The sentence with its code in the reader's language; times in Taipei, ISO 8601."""
        if self.code == WRONG:
            from fanghu.signin import adapter

            return str(adapter.WRONG)
        until = localtime(self.until).isoformat(timespec="seconds") if self.until else ""
        return gettext(SENTENCES[self.code]).format(until=until)

    def token(self) -> str:
        """Code and time as one word of fixed length that nobody else can make."""
        text = f"{self.code}.{int(self.until.timestamp()) if self.until else 0:010d}"
        return f"{text}.{_sign(text)}"


def told(token: str) -> Refusal | None:
    """What a token of ours says, or None."""
    text, _dot, signature = token.rpartition(".")
    if not token.isascii() or not hmac.compare_digest(_sign(text), signature):
        return None
    code, _dot, until = text.partition(".")
    return Refusal(code, datetime.fromtimestamp(int(until), UTC) if int(until) else None)


def begin_again(request: HttpRequest, refusal: Refusal) -> HttpResponseRedirect:
    """Back to the form: the same answer in form and length whatever the reason, nothing rendered."""
    query = {AGAIN: refusal.token()}
    if "next" in request.GET:
        query["next"] = request.GET["next"]
    response = HttpResponseRedirect(f"{request.path}?{urlencode(query)}", headers={"Cache-Control": "no-store"})
    setattr(response, MARK, refusal)
    return response if refusal.code in UNHELD else held(response)


UNHELD = frozenset({"FH-SGN-30", "FH-SGN-31", "FH-SGN-32", "FH-SGN-33"})
"""Refused before the login id's lock or password is looked at: such an answer tells nothing and may leave at once."""


@cache
def _key() -> bytes:
    return bytes(settings.CUSTODY.secret("refusals"))


def _sign(text: str) -> str:
    return hmac.digest(_key(), text.encode(), "sha256")[:8].hex()
