"""The TLS probe sees what a server really offers, what OpenSSL of today would not even ask for included."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from fanghu.keys.authority import Certificate
from fanghu.probes.hello import TLS10, TLS12, Target, client_hello, greet
from fanghu.probes.suites import GROUPS, is_broken, parts_of
from fanghu.probes.tls import TlsSeen, look
from fanghu.probes.visitor import Unreachable
from tests.probes.front import certificate, front, page, strong, weak

OK = page("200 OK", "hello")


@pytest.fixture(scope="module")
def held(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return certificate(tmp_path_factory.mktemp("tls"))


def seen(context: ssl.SSLContext | None, authority: Path | None, host: str = "127.0.0.1") -> TlsSeen:
    with front(lambda _request: OK, context) as port:
        return look(Target(host, port), authority)


def test_a_good_server(held: Certificate) -> None:
    found = seen(strong(held), held.authority)
    assert found.speaks
    assert found.versions == {"TLS 1.2", "TLS 1.3"}
    assert not found.old_versions
    assert not [suite for suite in found.suites if is_broken(suite)]
    assert "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384" in found.suites
    assert "X25519" in found.groups
    assert found.distrust == ""
    assert [(each.key, each.bits, each.signature) for each in found.chain] == [("ECDSA P-256", 256, "SHA-256")] * 2
    assert found.ends is not None


def test_old_versions_are_found_though_openssl_would_not_offer_them(held: Certificate) -> None:
    assert seen(weak(held), held.authority).old_versions == {"TLS 1.0", "TLS 1.1"}


def test_a_suite_without_a_name_behind_it_is_found(held: Certificate) -> None:
    """Anonymous key agreement hides from nobody in the middle."""
    found = seen(weak(held, "aNULL", ssl.TLSVersion.TLSv1_2), held.authority)
    assert any("anon" in suite for suite in found.suites)


def test_null_encryption_is_found(held: Certificate) -> None:
    found = seen(weak(held, "eNULL", ssl.TLSVersion.TLSv1_2), held.authority)
    assert "TLS_ECDHE_ECDSA_WITH_NULL_SHA" in found.suites
    assert any(map(is_broken, found.suites))


def test_an_unknown_authority_is_said(held: Certificate) -> None:
    stranger = seen(strong(held), None)
    assert "self-signed" in stranger.distrust or "unable to get" in stranger.distrust
    assert stranger.chain, "what an untrusted server shows is still read"


def test_a_wrong_name(held: Certificate) -> None:
    with front(lambda _request: OK, strong(held)) as port:
        found = look(Target("127.0.0.1", port, name="other.example"), held.authority)
    assert "other.example" in found.distrust


def test_a_server_in_the_clear_speaks_no_tls() -> None:
    assert seen(None, None) == TlsSeen(False)


def test_nobody_there_is_not_a_refusal() -> None:
    with pytest.raises(Unreachable):
        greet(Target("127.0.0.1", 9, timeout=1), TLS12, [0x1301])


def test_silence_is_not_a_refusal() -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute, pytest.raises(Unreachable):
        greet(Target("127.0.0.1", mute.getsockname()[1], timeout=0.2), TLS10, [0xC013])


def test_the_greeting_names_the_server_only_by_name() -> None:
    assert b"shop.example" in client_hello(TLS12, [0xC02B], tuple(GROUPS), "shop.example", bytes(64))
    assert b"10.1.2.3" not in client_hello(TLS12, [0xC02B], tuple(GROUPS), "10.1.2.3", bytes(64))


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", ("ECDHE", "RSA", "AES-128-GCM", "SHA-256")),
        ("TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256", ("ECDHE", "ECDSA", "ChaCha20-Poly1305", "SHA-256")),
        ("TLS_RSA_WITH_AES_256_CBC_SHA", ("RSA key transport", "RSA", "AES-256-CBC", "SHA-1")),
        ("TLS_AES_256_GCM_SHA384", ("", "", "AES-256-GCM", "SHA-384")),
        ("TLS_RSA_WITH_3DES_EDE_CBC_SHA", ("RSA key transport", "RSA", "3DES", "SHA-1")),
        ("TLS_RSA_WITH_AES_128_CCM", ("RSA key transport", "RSA", "AES-128-CCM", "")),
    ],
)
def test_a_suite_taken_apart(name: str, parts: tuple[str, str, str, str]) -> None:
    found = parts_of(name)
    assert (found.exchange, found.proof, found.cipher, found.hash) == parts


def test_a_garbled_answer_is_no_hello() -> None:
    """Bytes that only begin like TLS, cut short or random, never count as a version offered."""
    for answer in (b"\x16\x03\x01\x00\x05\x02\x00\x00\x01\x03", b"\x16\x03\x03\xff", b"\x15\x03\x01\x00\x02\x02\x46"):
        with front_raw(answer) as port:
            assert greet(Target("127.0.0.1", port), TLS12, [0xC02B]).kind in {"alert", "closed", "not_tls"}


@contextmanager
def front_raw(answer: bytes) -> Iterator[int]:
    """A port that says ``answer`` to anything and closes."""
    listening = socket.create_server(("127.0.0.1", 0))

    def once() -> None:
        wire, _from = listening.accept()
        wire.recv(4096)
        wire.sendall(answer)
        wire.close()

    thread = threading.Thread(target=once, daemon=True)
    thread.start()
    yield listening.getsockname()[1]
    thread.join(5)
    listening.close()
