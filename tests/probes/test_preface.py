"""Protocols that turn to TLS midway are followed there, and one that will not is no TLS at all."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import pytest

from fanghu.keys.authority import Certificate
from fanghu.probes.clear_text import knock
from fanghu.probes.endpoint import hsts_of, probe
from fanghu.probes.hello import Target
from fanghu.probes.visitor import Unreachable
from tests.probes.front import certificate, front, page, strong

Manners = Callable[[socket.socket], bool]


@pytest.fixture(scope="module")
def held(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return certificate(tmp_path_factory.mktemp("tls"))


@contextmanager
def speaking(manners: Manners, context: ssl.SSLContext) -> Iterator[int]:
    """A server that minds its manners first (True: TLS follows), over and over."""
    listening = socket.create_server(("127.0.0.1", 0))

    def serve(wire: socket.socket) -> None:
        with suppress(OSError), wire:
            wire.settimeout(5)
            if manners(wire):
                with context.wrap_socket(wire, server_side=True) as secure:
                    secure.recv(1)

    def accept() -> None:
        with suppress(OSError):
            while True:
                threading.Thread(target=serve, args=(listening.accept()[0],), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    yield int(listening.getsockname()[1])
    with suppress(OSError):
        listening.shutdown(socket.SHUT_RDWR)
    listening.close()


def postgresql(wire: socket.socket) -> bool:
    """As PostgreSQL with hostssl only."""
    said = wire.recv(200)
    if said[4:8] == (80877103).to_bytes(4):
        wire.sendall(b"S")
        return True
    wire.sendall(b"E\0\0\0\x20no pg_hba.conf entry\0\0")
    return False


def mail(auth_before_tls: bool) -> Manners:
    """As a mail server on its submission port, that takes passwords in the clear or does not."""

    def manners(wire: socket.socket) -> bool:
        wire.sendall(b"220 mail.example ESMTP\r\n")
        while line := wire.recv(200):
            if line.startswith(b"EHLO"):
                auth = b"250-AUTH PLAIN\r\n" if auth_before_tls else b""
                wire.sendall(b"250-mail.example\r\n" + auth + b"250 STARTTLS\r\n")
            elif line.startswith(b"STARTTLS"):
                wire.sendall(b"220 go ahead\r\n")
                return True
        return False

    return manners


def directory(wire: socket.socket) -> bool:
    """As an LDAP server that answers StartTLS (RFC 4511 section 4.14.2)."""
    if b"1.3.6.1.4.1.1466.20037" not in wire.recv(200):
        return False
    wire.sendall(bytes.fromhex("300c02010178070a010004000400"))
    return True


def test_a_database_behind_its_own_greeting(held: Certificate) -> None:
    with speaking(postgresql, strong(held)) as port:
        seen = probe("postgresql", Target("127.0.0.1", port), authority=held.authority)
    assert (seen.clear, seen.tls.versions, seen.tls.distrust) == ("refused", {"TLS 1.2", "TLS 1.3"}, "")


@pytest.mark.parametrize(("auth_before_tls", "clear"), [(False, "refused"), (True, "served")])
def test_a_mail_server(held: Certificate, auth_before_tls: bool, clear: str) -> None:
    with speaking(mail(auth_before_tls), strong(held)) as port:
        seen = probe("smtp", Target("127.0.0.1", port), authority=held.authority)
    assert (seen.clear, seen.tls.speaks) == (clear, True)


def test_a_directory(held: Certificate) -> None:
    with speaking(directory, strong(held)) as port:
        seen = probe("ldap", Target("127.0.0.1", port), authority=held.authority)
    assert seen.tls.versions == {"TLS 1.2", "TLS 1.3"}


def test_a_server_that_will_not_turn_to_tls(held: Certificate) -> None:
    """PostgreSQL answers N: nothing was seen of TLS, so nothing is said of it."""

    def plain(wire: socket.socket) -> bool:
        wire.recv(200)
        wire.sendall(b"N")
        return False

    with speaking(plain, strong(held)) as port, pytest.raises(Unreachable, match="no TLS"):
        probe("postgresql", Target("127.0.0.1", port))


def test_a_clear_port_beside_it(held: Certificate) -> None:
    with (
        front(lambda _request: page("200 OK", "in", "Strict-Transport-Security: max-age=60"), strong(held)) as port,
        front(lambda _request: page("301 Moved", "", "Location: https://a.example/"), None) as redirecting,
        front(lambda _request: page("200 OK", "password?"), None) as serving,
    ):
        for beside, manner in ((redirecting, "redirected"), (serving, "served"), (9, "no_port")):
            seen = probe("https", Target("127.0.0.1", port), clear_port=beside, authority=held.authority)
            assert (seen.clear, seen.clear_beside, seen.hsts, seen.page) == ("refused", manner, 60, 200)
    assert knock(Target("127.0.0.1", port)) == "no_port"


@pytest.mark.parametrize(
    ("header", "seconds"),
    [("max-age=31536000; includeSubDomains", 31_536_000), ('includeSubDomains; max-age="5"', 5), ("", 0), ("max-age=x", 0)],
)  # fmt: skip
def test_how_long_browsers_are_bound(header: str, seconds: int) -> None:
    assert hsts_of(header) == seconds
