"""TLS greetings written byte by byte, so that what must be refused can be offered (RFC 5246, RFC 8446).

The OpenSSL of today can be built or set not to speak TLS 1.0 and weak suites at all; a handshake that fails on our own
side says nothing of the server. So the first message is made here, and only the server's first answer is read: no key
is agreed, nothing is decrypted.
"""

from __future__ import annotations

import os
import socket
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from fanghu.probes.preface import Preface, begin
from fanghu.probes.suites import GROUPS
from fanghu.probes.visitor import Unreachable

SSL3, TLS10, TLS11, TLS12, TLS13 = 0x0300, 0x0301, 0x0302, 0x0303, 0x0304
VERSIONS = {SSL3: "SSL 3.0", TLS10: "TLS 1.0", TLS11: "TLS 1.1", TLS12: "TLS 1.2", TLS13: "TLS 1.3"}
MODERN = frozenset({0x1301, 0x1302, 0x1303, 0x1304})
MOST = 20_000  # bytes read of one answer
_ALERT, _HANDSHAKE, _SERVER_HELLO = 21, 22, 2
_SIGNATURES = (0x0403, 0x0503, 0x0603, 0x0807, 0x0804, 0x0805, 0x0806, 0x0401, 0x0501, 0x0601, 0x0203, 0x0201)


@dataclass(frozen=True, slots=True)
class Target:
    """Where to knock: host, port, the name to ask for, how the connection is led to TLS, from where, and how patiently."""

    host: str
    port: int
    name: str = ""
    preface: Preface = ""
    source: str = ""
    timeout: float = 5.0

    def connect(self) -> socket.socket:
        """An open connection, led to where TLS begins; Unreachable when there is none."""
        try:
            opened = socket.create_connection((self.host, self.port), self.timeout, self._from)
        except OSError as error:
            raise Unreachable(f"{self.host}:{self.port} {error.strerror or error}") from error
        try:
            begin(opened, self.preface)
        except OSError as error:
            opened.close()
            raise Unreachable(f"{self.host}:{self.port} {error}") from error
        return opened

    @property
    def _from(self) -> tuple[str, int] | None:
        return (self.source, 0) if self.source else None


@dataclass(frozen=True, slots=True)
class Reply:
    """A server's first answer: a hello with what it chose, an alert, a closed connection, or something not TLS."""

    kind: Literal["hello", "alert", "closed", "not_tls"]
    version: int = 0
    suite: int = 0
    group: int = 0
    alert: int = 0


def greet(target: Target, version: int, suites: Sequence[int], groups: Sequence[int] = tuple(GROUPS)) -> Reply:
    """Offer one version with these suites and read the first answer.

    Unreachable when nothing answers in time: silence is not a refusal.
    """
    with target.connect() as wire:
        try:
            wire.sendall(client_hello(version, suites, groups, target.name, os.urandom(64)))
            return _read(wire)
        except TimeoutError as error:
            raise Unreachable(f"{target.host}:{target.port} did not answer a TLS greeting") from error
        except OSError:  # a reset is a refusal
            return Reply("closed")


def client_hello(version: int, suites: Sequence[int], groups: Sequence[int], name: str, random: bytes) -> bytes:
    """The bytes of a ClientHello in its record; ``random`` is 64 bytes (the random and the session id)."""
    offered = b"".join(struct.pack(">H", suite) for suite in suites)
    legacy = min(version, TLS12)
    body = struct.pack(">H", legacy) + random[:32] + _short(random[32:64] if version == TLS13 else b"")
    body += _long(offered) + _short(b"\0")
    if version > SSL3:
        body += _long(_extensions(version, groups, name))
    message = b"\x01" + len(body).to_bytes(3) + body
    return struct.pack(">BHH", _HANDSHAKE, min(version, TLS10), len(message)) + message


def _extensions(version: int, groups: Sequence[int], name: str) -> bytes:
    found = [
        (0x000A, _long(b"".join(struct.pack(">H", group) for group in groups))),
        (0x000B, _short(b"\0")),
        (0x000D, _long(b"".join(struct.pack(">H", each) for each in _SIGNATURES))),
        (0xFF01, _short(b"")),
    ]
    if name and not _is_address(name):
        found.insert(0, (0x0000, _long(b"\0" + _long(name.encode("idna")))))
    if version == TLS13:
        found.append((0x002B, _short(struct.pack(">H", TLS13))))
        found.append((0x0033, _long(b"")))  # no key yet: the server names the group it would take (HelloRetryRequest)
    return b"".join(struct.pack(">H", kind) + _long(content) for kind, content in found)


def _read(wire: socket.socket) -> Reply:
    """The first answer, at most ``MOST`` bytes of it."""
    received = b""
    handshake = b""
    while len(received) < MOST:
        more = wire.recv(4096)
        if not more:
            return Reply("closed")
        received += more
        if received[0] not in (_ALERT, _HANDSHAKE):
            return Reply("not_tls")
        records, handshake = _records(received)
        if records and records[0][0] == _ALERT and len(records[0][1]) >= 2:
            return Reply("alert", alert=records[0][1][1])
        if len(handshake) >= 4 and len(handshake) >= 4 + int.from_bytes(handshake[1:4]):
            return _server_hello(handshake[4 : 4 + int.from_bytes(handshake[1:4])], handshake[0])
    return Reply("not_tls")


def _records(received: bytes) -> tuple[list[tuple[int, bytes]], bytes]:
    """The whole records so far, and the handshake bytes in them."""
    found, at = [], 0
    while at + 5 <= len(received):
        kind, _version, length = struct.unpack_from(">BHH", received, at)
        if at + 5 + length > len(received):
            break
        found.append((kind, received[at + 5 : at + 5 + length]))
        at += 5 + length
    return found, b"".join(content for kind, content in found if kind == _HANDSHAKE)


def _server_hello(body: bytes, kind: int) -> Reply:
    """Version, suite and group out of a ServerHello or HelloRetryRequest."""
    try:
        if kind != _SERVER_HELLO:
            return Reply("not_tls")
        version = int.from_bytes(body[:2])
        at = 34 + 1 + body[34]
        suite = int.from_bytes(body[at : at + 2])
        at += 3
        group = 0
        end = at + 2 + int.from_bytes(body[at : at + 2])
        at += 2
        while at + 4 <= min(end, len(body)):
            extension, length = struct.unpack_from(">HH", body, at)
            content = body[at + 4 : at + 4 + length]
            if extension == 0x002B:
                version = int.from_bytes(content[:2])
            elif extension == 0x0033:
                group = int.from_bytes(content[:2])
            at += 4 + length
    except IndexError:
        return Reply("not_tls")
    return Reply("hello", version, suite, group)


def _is_address(name: str) -> bool:
    return ":" in name or name.replace(".", "").isdigit()


def _short(content: bytes) -> bytes:
    return len(content).to_bytes(1) + content


def _long(content: bytes) -> bytes:
    return len(content).to_bytes(2) + content
