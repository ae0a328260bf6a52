"""Errors provoked from outside without harm: requests that every web program must refuse."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from fanghu.probes.error_pages import ErrorSeen, read
from fanghu.probes.hello import Target
from fanghu.probes.visitor import Unreachable, Visitor

MOST = 200_000
ABSENT = "/no-such-page-4c1f/"
FOREIGN = "elsewhere.invalid"
GENTLE: tuple[tuple[str, str], ...] = (
    ("page that does not exist", ABSENT),
    ("path that climbs out", "/no-such-page-4c1f/..%2f..%2f..%2fetc/passwd"),
    ("NUL in the path", "/no-such-page-4c1f/%00"),
    ("bytes that are not UTF-8", "/no-such-page-4c1f/%ff%fe?x=%ff"),
)
RAW: tuple[tuple[str, bytes], ...] = (
    ("no HTTP at all", b"HELLO\r\n\r\n"),
    ("header without a name", b"GET / HTTP/1.1\r\nHost: {host}\r\n: empty\r\nConnection: close\r\n\r\n"),
    (
        "length that is no number",
        b"POST / HTTP/1.1\r\nHost: {host}\r\nContent-Length: many\r\nConnection: close\r\n\r\n",
    ),
    (
        "header too large",
        b"GET / HTTP/1.1\r\nHost: {host}\r\nX-Long: " + b"x" * 500_000 + b"\r\nConnection: close\r\n\r\n",
    ),
)
"""What no browser sends: the server may close or answer bare, as long as it gives nothing away."""


def asked_wrongly(browser: Visitor, form: str) -> Iterator[ErrorSeen]:
    """Provoke what a browser could meet: pages that are not there, a foreign Host, a forged form at ``form``."""
    for kind, path in GENTLE:
        answer = browser.get(path)
        yield read(kind, answer.status, answer.text, answer.headers)
    answer = browser.get(form, {"Host": FOREIGN})
    yield read("foreign host name", answer.status, answer.text, answer.headers)
    answer = browser.post(form, {"a": "b"}, {"Origin": f"https://{FOREIGN}"})
    yield read("forged form", answer.status, answer.text, answer.headers)


def spoken_wrongly(target: Target, authority: Path | None = None) -> Iterator[ErrorSeen]:
    """Send bytes that are no sound request, over TLS; a closed connection counts as an answer that tells nothing."""
    context = ssl.create_default_context()
    if authority is not None and authority.exists():
        context.load_verify_locations(cafile=str(authority))
    host = f"{target.name or target.host}:{target.port}".encode()
    for kind, request in RAW:
        received = _say(target, context, request.replace(b"{host}", host)).decode("utf-8", "replace")
        head, _blank, page = received.partition("\r\n\r\n")
        lines = [line.partition(":") for line in head.split("\r\n")[1:]]
        first = head.split(" ", 2)
        status = int(first[1]) if len(first) > 1 and first[1].isdigit() else 0
        yield read(kind, status, page, {name.strip().lower(): value.strip() for name, _colon, value in lines})


def _say(target: Target, context: ssl.SSLContext, request: bytes) -> bytes:
    received = b""
    try:
        with (
            target.connect() as wire,
            context.wrap_socket(wire, server_hostname=target.name or target.host) as secure,
        ):
            with suppress(OSError):  # refused before all was said: read what it answered
                secure.sendall(request)
            while len(received) < MOST and (more := secure.recv(65_536)):
                received += more
    except ssl.SSLCertVerificationError as error:
        raise Unreachable(error.verify_message) from error
    except TimeoutError:
        return received
    except OSError:
        return received
    return received
