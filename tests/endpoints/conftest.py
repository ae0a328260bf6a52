"""System one served over real TLS: Django's test server behind a front that is as strong or as weak as a test wants."""

from __future__ import annotations

import re
import ssl
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from typing import Any

import pytest
from django.conf import settings as django_settings
from pytest_django.live_server_helper import LiveServer

from fanghu.accounts.models import Account
from fanghu.endpoints.wire import SYSTEM_ONE
from fanghu.keys.authority import Certificate
from fanghu.signin.canary import clean_up
from fanghu.testimony import DrillRun
from tests.probes.front import certificate, front, strong, to

RUN = "0123456789abcdef0123456789abcdef"
Serving = Callable[..., DrillRun]


@pytest.fixture(scope="session")
def held() -> Certificate:
    """The certificate that drills trust: of the authority in the test's data folder."""
    return certificate(django_settings.HOME)


@pytest.fixture
def serving(transactional_db: None, held: Certificate, settings: Any) -> Iterator[Serving]:
    """``serving(context, alter=…, clear_too=…)`` serves and gives a run; without a context, in the clear."""
    behind: list[LiveServer] = []
    settings.MEDIA_URL = "/no-media/"  # or the test server takes every path for a file's
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    with ExitStack() as open_ones:

        def start(
            context: ssl.SSLContext | str | None = "strong",
            *,
            alter: Callable[[bytes], bytes] = lambda answer: answer,
            clear_too: bool = False,
        ) -> DrillRun:
            behind.append(LiveServer("127.0.0.1"))
            port = int(behind[-1].url.rpartition(":")[2])
            chosen = strong(held) if context == "strong" else context
            scheme = "http" if context is None else "https"
            answer = to(port, lambda told: alter(re.sub(rb"\r\nServer: [^\r]+", b"", told)))  # as the real server does

            def pass_on(request: bytes) -> bytes:  # what a front tells the program behind it
                return answer(request.replace(b"\r\n", b"\r\nX-Forwarded-Proto: %b\r\n" % scheme.encode(), 1))

            at = open_ones.enter_context(front(pass_on, chosen, clear_too=clear_too))  # type: ignore[arg-type]
            settings.BASE_URL = f"{scheme}://127.0.0.1:{at}"
            return DrillRun(RUN, "6.4", SYSTEM_ONE, settings.BASE_URL, lambda: datetime.now(UTC))

        yield start
    for server in behind:
        server.stop()
    assert list(clean_up(RUN)) == []
    assert not Account.objects.filter(canary_run=RUN).exists()


def failed_steps(run: DrillRun) -> list[str]:
    """The names of the steps that did not hold."""
    return [step.name for step in run.steps if not step.ok]
