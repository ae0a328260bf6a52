"""A webhook: signed, to the address that was checked, never redirected, never to this machine unless the firm says so."""

from __future__ import annotations

import socket
import ssl
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

from fanghu.alarms.webhook import SIGNATURE, NotDelivered, Target, send, signature, signed_by
from tests.alarms.catching import catching
from tests.probes.front import certificate, strong

KEY, NOW = b"k" * 32, datetime(2026, 11, 22, 4, tzinfo=UTC)


def test_what_arrives_is_what_was_signed() -> None:
    with catching() as caught:
        send(caught.url, b'{"a":1}', KEY, NOW, inside=True)
    ((headers, body),) = caught.posts
    assert body == b'{"a":1}'
    assert signed_by(KEY, body, headers[SIGNATURE])
    assert not signed_by(KEY, body + b" ", headers[SIGNATURE]), "the body is bound"
    assert not signed_by(b"x" * 32, body, headers[SIGNATURE]), "the key is bound"
    later = headers[SIGNATURE].replace(f"t={int(NOW.timestamp())}", f"t={int(NOW.timestamp()) + 1}")
    assert not signed_by(KEY, body, later), "the time is bound"


@pytest.mark.parametrize("said", ["", "t=1", "v1=zz", "nonsense", "t=1,v1=\u00e9"])
def test_no_signature_at_all(said: str) -> None:
    assert not signed_by(KEY, b"x", said.encode("ascii", "replace").decode())


def test_a_receiver_in_any_language_computes_the_same() -> None:
    """``printf 0.body | openssl dgst -sha256 -hmac key``."""
    due = subprocess.run(
        ["openssl", "dgst", "-sha256", "-hmac", "key"], input=b"0.body", capture_output=True, check=True
    )
    assert signature(b"key", b"body", datetime.fromtimestamp(0, UTC)) == f"t=0,v1={due.stdout.split()[-1].decode()}"


@pytest.mark.parametrize("status", [301, 302, 307, 404, 500])
def test_nothing_but_yes_counts(status: int) -> None:
    """A redirect is not followed: it could lead inside."""
    with catching() as caught:
        caught.status = status
        with pytest.raises(NotDelivered, match=str(status)):
            send(caught.url, b"{}", KEY, NOW, inside=True)
    assert len(caught.posts) == 1


@pytest.mark.parametrize("url", ["http://example.com/", "ftp://example.com/", "https:///x", "http://127.0.0.1/"])
def test_what_is_not_https_is_never_sent(url: str) -> None:
    with pytest.raises(NotDelivered):
        send(url, b"{}", KEY, NOW)


@pytest.mark.parametrize(
    ("address", "allowed"),
    [
        ("127.0.0.1", False), ("127.9.9.9", False), ("::1", False), ("::ffff:127.0.0.1", False), ("0.0.0.0", False),
        ("169.254.169.254", False), ("fe80::1%eth0", False), ("224.0.0.1", False), ("10.1.2.3", True), ("192.0.2.1", True),
    ],
)  # fmt: skip
def test_this_machine_and_its_link_are_refused(address: str, allowed: bool) -> None:
    target = Target.of("https://hook.example/", inside=False)
    assert target.allows(address) is allowed
    assert Target.of("https://hook.example/", inside=True).allows(address)


def test_a_name_that_leads_to_this_machine_is_refused() -> None:
    with catching() as caught, pytest.raises(NotDelivered, match="this machine"):
        send(caught.url.replace("http://127.0.0.1", "https://localhost"), b"{}", KEY, NOW)
    assert not caught.posts


def test_over_tls_with_the_name_checked(tmp_path: Path) -> None:
    held = certificate(tmp_path)
    trusted = ssl.create_default_context(cafile=str(held.authority))
    with catching(strong(held)) as caught:
        send(caught.url, b"{}", KEY, NOW, inside=True, context=trusted)
        assert len(caught.posts) == 1
        with pytest.raises(NotDelivered, match="certificate"):
            send(caught.url, b"{}", KEY, NOW, inside=True)
    assert len(caught.posts) == 1, "a certificate nobody trusts gets nothing"


def test_nobody_answers() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/"
        with pytest.raises(NotDelivered, match="no answer"):
            send(url, b"{}", KEY, NOW, inside=True, seconds=0.2)
    with pytest.raises(NotDelivered, match="no answer"):
        send(url, b"{}", KEY, NOW, inside=True, seconds=0.2)
