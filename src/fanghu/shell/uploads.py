"""The one limit on what a browser may send: a request too large is refused before a byte of it is read."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from fanghu.shell.access import refuse

MOST = 25 * 1024 * 1024  # documents of 20 MB, with the form around them


class UploadLimitMiddleware:
    """Stands before anything that reads a body (the CSRF check does), so that 2 GB never reach memory or disk."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Refuse with 413 and FH-ACC-05 by the declared length; a body without one is never read."""
        try:
            length = int(request.META.get("CONTENT_LENGTH") or 0)
        except ValueError:
            length = MOST + 1
        if length > MOST:
            sentence = _("What was sent is larger than 25 MB; send a smaller file, or import it on the machine.")
            return refuse(request, 413, "FH-ACC-05", sentence)
        return self.get_response(request)
