"""What some protocols say in the clear before TLS begins: PostgreSQL, SMTP (RFC 3207) and LDAP (RFC 4511 section 4.14)."""

from __future__ import annotations

import socket
from typing import Literal

Preface = Literal["", "postgresql", "smtp", "ldap"]
MOST = 4_096
_SSL_REQUEST = (8).to_bytes(4) + (80877103).to_bytes(4)
_START_TLS = bytes.fromhex("301d02010177188016") + b"1.3.6.1.4.1.1466.20037"


def begin(wire: socket.socket, preface: Preface) -> None:
    """Lead the connection to where TLS begins; ConnectionRefusedError when the other side will not."""
    if preface == "postgresql":
        wire.sendall(_SSL_REQUEST)
        _expect(wire.recv(1) == b"S", "PostgreSQL offers no TLS")
    elif preface == "smtp":
        _line(wire)
        wire.sendall(b"EHLO probe.invalid\r\n")
        _line(wire)
        wire.sendall(b"STARTTLS\r\n")
        _expect(_line(wire).startswith(b"220"), "the mail server offers no STARTTLS")
    elif preface == "ldap":
        wire.sendall(_START_TLS)
        _expect(b"\x0a\x01\x00" in wire.recv(MOST), "the directory offers no StartTLS")


def takes_clear_text(wire: socket.socket, preface: Preface) -> bool:
    """Whether the other side would take authentication data before TLS began.

    PostgreSQL asks for a password, SMTP announces AUTH; an LDAP server tells only who tries, so it is not tried.
    """
    if preface == "postgresql":
        parameters = (196608).to_bytes(4) + b"user\0fanghu-probe\0database\0fanghu-probe\0\0"
        wire.sendall((len(parameters) + 4).to_bytes(4) + parameters)
        return wire.recv(1) == b"R"
    if preface == "smtp":
        _line(wire)
        wire.sendall(b"EHLO probe.invalid\r\n")
        return b"AUTH" in _line(wire).upper()
    return False


def _line(wire: socket.socket) -> bytes:
    """One reply of a mail server, its last line included (at most 4 KB)."""
    received = b""
    while len(received) < MOST:
        received += (more := wire.recv(1024))
        lines = received.splitlines()
        if not more or (received.endswith(b"\n") and lines[-1][3:4] != b"-"):
            break
    return received


def _expect(held: bool, otherwise: str) -> None:
    if not held:
        raise ConnectionRefusedError(otherwise)
