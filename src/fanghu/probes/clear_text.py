"""Whether a port can be spoken to in the clear, and what it does then."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from fanghu.probes.hello import Target
from fanghu.probes.preface import Preface, takes_clear_text
from fanghu.probes.visitor import Unreachable

Manner = Literal["no_port", "refused", "redirected", "served"]
MOST = 8_192


def knock(target: Target) -> Manner:
    """Speak to the port without TLS and say how it answers.

    ``no_port``: nothing listens. ``refused``: closed, an alert, or an HTTP error without a page behind it.
    ``redirected``: only sent on to https. ``served``: it answered, or would take authentication data.
    """
    if target.preface:
        return _before_tls(target, target.preface)
    try:
        wire = target.connect()
    except Unreachable:
        return "no_port"
    with wire:
        try:
            name = target.name or target.host
            asked = f"GET / HTTP/1.1\r\nHost: {name}:{target.port}\r\nConnection: close\r\n\r\n"
            wire.sendall(asked.encode("ascii", "replace"))
            received = b""
            while len(received) < MOST and (more := wire.recv(4096)):
                received += more
        except TimeoutError as error:
            raise Unreachable(f"{target.host}:{target.port} neither answered nor refused") from error
        except OSError:
            return "refused"
    return _manner(received)


def _manner(received: bytes) -> Manner:
    """Judge the answer to a clear-text request."""
    if not received.startswith(b"HTTP/"):
        return "refused" if not received or received[0] == 21 else "served"  # 21: a TLS alert
    head = received.partition(b"\r\n\r\n")[0].decode("latin-1").lower()
    status = head.split(" ", 2)[1][:3] if " " in head else ""
    if status in {"301", "302", "303", "307", "308"}:
        sent_on = [line.partition(":")[2].strip() for line in head.split("\r\n") if line.startswith("location:")]
        return "redirected" if sent_on and all(each.startswith("https://") for each in sent_on) else "served"
    # nginx says 400 to HTTP on its TLS port; 403, 421, 426 likewise refuse. Another status came from the program behind.
    return "refused" if status in {"400", "403", "421", "426", "505"} else "served"


def _before_tls(target: Target, preface: Preface) -> Manner:
    """Whether a protocol that turns to TLS midway would take authentication data before it does."""
    try:
        wire = replace(target, preface="").connect()
    except Unreachable:
        return "no_port"
    with wire:
        try:
            return "served" if takes_clear_text(wire, preface) else "refused"
        except OSError:
            return "refused"
