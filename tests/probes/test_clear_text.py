"""What a port does when spoken to in the clear, and the flags of cookies."""

from __future__ import annotations

import socket
import threading
from pathlib import Path

import pytest

from fanghu.probes.clear_text import knock
from fanghu.probes.cookies import CookieSeen, seen
from fanghu.probes.hello import Target
from fanghu.probes.visitor import Visitor
from tests.probes.front import certificate, front, page, strong


def manner(answer: bytes) -> str:
    with front(lambda _request: answer, None) as port:
        return knock(Target("127.0.0.1", port))


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (page("200 OK", "sign in"), "served"),
        (page("301 Moved Permanently", "", "Location: https://shop.example/"), "redirected"),
        (page("302 Found", "", "Location: http://shop.example/in"), "served"),
        (page("302 Found", "", "Location: /in"), "served"),
        (page("400 Bad Request", "The plain HTTP request was sent to HTTPS port"), "refused"),
        (page("404 Not Found", "nothing here"), "served"),
        (b"220 mail.example ESMTP\r\n", "served"),
        (b"\x15\x03\x01\x00\x02\x02\x46", "refused"),
    ],
)
def test_a_clear_port(answer: bytes, expected: str) -> None:
    assert manner(answer) == expected


def test_a_tls_port_refuses_and_a_closed_one_is_no_port(tmp_path: Path) -> None:
    with front(lambda _request: page("200 OK", "in"), strong(certificate(tmp_path))) as port:
        assert knock(Target("127.0.0.1", port)) == "refused"
    assert knock(Target("127.0.0.1", 9)) == "no_port"


def test_a_port_that_takes_both_is_found(tmp_path: Path) -> None:
    with front(lambda _request: page("200 OK", "in"), strong(certificate(tmp_path)), clear_too=True) as port:
        assert knock(Target("127.0.0.1", port)) == "served"


def postgresql(answer: bytes) -> str:
    """A stand-in that says ``answer`` to a start-up message, as PostgreSQL would (its protocol 3.0)."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def once() -> None:
            wire, _from = listening.accept()
            assert wire.recv(200)[4:8] == (196608).to_bytes(4)
            wire.sendall(answer)
            wire.close()

        thread = threading.Thread(target=once)
        thread.start()
        found = knock(Target("127.0.0.1", listening.getsockname()[1], preface="postgresql"))
        thread.join(5)
    return found


def test_a_database_that_asks_for_a_password_in_the_clear() -> None:
    assert postgresql(b"R\0\0\0\x0c\0\0\0\x05salt") == "served"
    assert postgresql(b"E\0\0\0\x20no pg_hba.conf entry") == "refused"


def test_flags_of_cookies(tmp_path: Path) -> None:
    good = "Set-Cookie: session=a; Secure; HttpOnly; SameSite=Strict"
    bad = "Set-Cookie: old=b"
    held = certificate(tmp_path)
    with front(lambda _request: page("200 OK", "in", good, bad), strong(held)) as port:
        browser = Visitor(f"https://127.0.0.1:{port}", held.authority)
        browser.get("/")
        found = seen(browser.cookies)
    assert found == (CookieSeen("old", False, False, ""), CookieSeen("session", True, True, "strict"))
    assert found[0].lacks == ("Secure", "HttpOnly", "SameSite")
    assert found[1].lacks == ()
