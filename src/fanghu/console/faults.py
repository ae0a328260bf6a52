"""Error pages: a short sentence and a code, nothing else (7.6)."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from fanghu.shell.access import refuse


def malformed(request: HttpRequest, exception: Any = None) -> HttpResponse:
    """400: a foreign host name, a form with too many fields, a request that makes no sense."""
    return refuse(request, 400, "FH-ACC-06", _("This request cannot be read; start again from the board."))


def forbidden(request: HttpRequest, exception: Any = None) -> HttpResponse:
    """403."""
    return refuse(request, 403, "FH-ACC-02", _("This is not allowed; go back and try again."))


def not_found(request: HttpRequest, exception: Any = None) -> HttpResponse:
    """404."""
    return refuse(request, 404, "FH-ACC-03", _("There is no such page; start from the board."))


def broken(request: HttpRequest) -> HttpResponse:
    """500."""
    return refuse(request, 500, "FH-ERR-01", _("Something failed on our side; tell the administrator this code."))


def forged(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403: a form without its token, or sent from elsewhere."""
    return refuse(request, 403, "FH-ACC-04", _("This form was open for too long or came from elsewhere; load it anew."))


class BareErrors:
    """Gives the error page to refusals that a library left without a word, such as 405."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Fill in the page; what the refusal says in its headers stays."""
        answer = self.get_response(request)
        if answer.status_code < 400 or answer.streaming or answer.content:
            return answer
        sentence = _("This cannot be done at this address; go back and try again.")
        page = refuse(request, answer.status_code, "FH-ACC-07", sentence)
        for name in ("Allow", "Retry-After"):
            if name in answer:
                page[name] = answer[name]
        return page
