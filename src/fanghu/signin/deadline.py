"""Answers to sign-in attempts leave at a fixed time after they arrived, so time says nothing of the id (6.10)."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import TypeVar

from django.conf import settings
from django.http import HttpRequest, HttpResponse

HELD = "fanghu_held"
R = TypeVar("R", bound=HttpResponse)


def held(response: R) -> R:
    """Mark an answer to be released at the deadline."""
    setattr(response, HELD, True)
    return response


def remaining(took: float, deadline: float) -> float:
    """Seconds to wait after ``took``: to the deadline, or to the next multiple of it where the work overran."""
    if deadline <= 0:
        return 0.0
    return max(1, math.ceil(took / deadline)) * deadline - took


class DeadlineMiddleware:
    """The outermost one: waits when everything about an answer is done. A wait costs no CPU."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Pass on; hold back the answers that are marked."""
        arrived = time.monotonic()
        response = self.get_response(request)
        if getattr(response, HELD, False):
            time.sleep(remaining(time.monotonic() - arrived, settings.FANGHU_SIGNIN_DEADLINE))
        return response
