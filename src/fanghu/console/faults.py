"""Error pages: a short sentence and a code, nothing else (7.6)."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from fanghu.shell.access import refuse


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
