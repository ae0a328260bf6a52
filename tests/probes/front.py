"""Real servers on loopback for the probes: TLS as strong or as weak as a test wants it, in front of any answer."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from fanghu.keys.authority import Certificate, ensure_certificate

Answering = Callable[[bytes], bytes]


def certificate(folder: Path) -> Certificate:
    """A certificate for 127.0.0.1 from an authority of its own, in ``folder``."""
    return ensure_certificate(folder, ["127.0.0.1"], datetime.now(UTC))


def strong(held: Certificate) -> ssl.SSLContext:
    """TLS 1.2 and 1.3 as OpenSSL sets them."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(held.chain, held.key)
    return context


def weak(held: Certificate, ciphers: str = "ALL", least: ssl.TLSVersion = ssl.TLSVersion.TLSv1) -> ssl.SSLContext:
    """TLS from ``least`` up, with ciphers that nobody should offer any more."""
    context = strong(held)
    context.set_ciphers(f"{ciphers}:@SECLEVEL=0")
    with _quiet():
        context.minimum_version = least
    return context


@contextmanager
def _quiet() -> Iterator[None]:
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        yield


def page(status: str, body: str, *headers: str) -> bytes:
    """A whole HTTP answer."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body.encode())}", "Connection: close", *headers]
    return "\r\n".join([*lines, "", body]).encode()


def to(port: int, alter: Callable[[bytes], bytes] = lambda answer: answer) -> Answering:
    """Pass requests on to another port of this machine, altering what comes back."""

    def answer(request: bytes) -> bytes:
        with socket.create_connection(("127.0.0.1", port), 10) as behind:
            behind.sendall(request)
            received = b""
            with suppress(OSError):
                while more := behind.recv(65_536):
                    received += more
        return alter(received)

    return answer


@contextmanager
def front(
    answer: Answering, context: ssl.SSLContext | Callable[[], ssl.SSLContext | None] | None, *, clear_too: bool = False
) -> Iterator[int]:
    """Serve ``answer`` on a free port of 127.0.0.1 until the block ends; without a context, or too, in the clear.

    ``context`` may be a function, asked anew for each connection.
    """
    listening = socket.create_server(("127.0.0.1", 0))

    def serve(wire: socket.socket) -> None:
        with suppress(OSError):
            wire.settimeout(10)
            spoken: socket.socket = wire
            chosen = context() if callable(context) else context
            if chosen is not None and not (clear_too and wire.recv(1, socket.MSG_PEEK) != b"\x16"):
                spoken = chosen.wrap_socket(wire, server_side=True)
            with spoken:
                request = _request(spoken)
                if request:
                    spoken.sendall(answer(request))
                    spoken.shutdown(socket.SHUT_WR)
        wire.close()

    def accept() -> None:
        with suppress(OSError):
            while True:
                wire, _from = listening.accept()
                under_way.append(threading.Thread(target=serve, args=(wire,), daemon=True))
                under_way[-1].start()

    under_way: list[threading.Thread] = []
    threading.Thread(target=accept, daemon=True).start()
    try:
        yield int(listening.getsockname()[1])
    finally:
        with suppress(OSError):
            listening.shutdown(socket.SHUT_RDWR)
        listening.close()
        for thread in under_way:  # whoever stands behind must not be stopped in the middle of an answer
            thread.join(5)


def _request(wire: socket.socket) -> bytes:
    received = b""
    while b"\r\n\r\n" not in received:
        more = wire.recv(65_536)
        received += more
        if not more or received[:1] == b"\x16":  # a TLS greeting in the clear: answered as any nonsense
            return received
    head, _blank, body = received.partition(b"\r\n\r\n")
    said = [line[15:] for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
    length = int(said[0]) if said and said[0].strip().isdigit() else 0
    while len(body) < length and (more := wire.recv(65_536)):
        body += more
    return head + b"\r\n\r\n" + body
