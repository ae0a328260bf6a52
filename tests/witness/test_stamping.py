"""RFC 3161 with a real authority: OpenSSL's, on this machine for the test's sake."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from fanghu.witness.client import NotVouched
from fanghu.witness.stamping import checked, stamp

TEXT = b"fanghu/log/1\n300\nAAAA\n"
CONFIG = """
[req]
distinguished_name = name
[name]
[ca]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign
subjectKeyIdentifier = hash
[tsa]
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature
extendedKeyUsage = critical,timeStamping
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
[tsa_config]
dir = .
serial = serial
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
accuracy = secs:1
ordering = no
tsa_name = no
ess_cert_id_chain = no
ess_cert_id_alg = sha256
crypto_device = builtin
"""
Authority = Callable[[bytes], bytes]


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> tuple[Authority, bytes, bytes]:
    """``answer(query)``, the authority's root, and another root."""
    base = tmp_path_factory.mktemp("tsa")
    (base / "openssl.cnf").write_text(CONFIG)
    (base / "serial").write_text("01\n")

    def openssl(*words: str) -> None:
        subprocess.run(["openssl", *words], cwd=base, check=True, capture_output=True)

    for name in ("root", "other"):
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", f"{name}.key", "-out",
                f"{name}.pem", "-days", "30", "-subj", f"/CN={name}", "-config", "openssl.cnf", "-extensions", "ca")  # fmt: skip
    openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "tsa.key", "-out", "tsa.csr",
            "-subj", "/CN=tsa", "-config", "openssl.cnf")  # fmt: skip
    openssl("x509", "-req", "-in", "tsa.csr", "-CA", "root.pem", "-CAkey", "root.key", "-CAcreateserial", "-out", "tsa.pem",
            "-days", "30", "-extfile", "openssl.cnf", "-extensions", "tsa")  # fmt: skip

    def answer(query: bytes) -> bytes:
        (base / "q").write_bytes(query)
        openssl("ts", "-reply", "-queryfile", "q", "-out", "r", "-config", "openssl.cnf", "-section", "tsa_config", "-signer",
                "tsa.pem", "-inkey", "tsa.key")  # fmt: skip
        return (base / "r").read_bytes()

    return answer, (base / "root.pem").read_bytes(), (base / "other.pem").read_bytes()


def test_a_checkpoint_is_stamped_and_checked(authority: tuple[Authority, bytes, bytes]) -> None:
    answer, root, other = authority
    done = stamp(TEXT, "http://tsa", root, post=lambda _url, body: (200, "", answer(body)))
    assert abs(done.at - datetime.now(UTC)) < timedelta(hours=1)
    assert checked(TEXT, done.reply, root) == done
    for text, reply, roots in (
        (TEXT + b"x", done.reply, root),
        (TEXT, done.reply, other),
        (TEXT, done.reply[:-20], root),
        (TEXT, done.reply[:-9] + bytes([done.reply[-9] ^ 1]) + done.reply[-8:], root),
        (TEXT, b"", root),
        (TEXT, done.reply, b"no certificate"),
    ):
        with pytest.raises(NotVouched):
            checked(text, reply, roots)


def test_an_old_answer_is_not_taken_for_a_new_one(authority: tuple[Authority, bytes, bytes]) -> None:
    answer, root, _other = authority
    kept: list[bytes] = []

    def replay(_url: str, body: bytes) -> tuple[int, str, bytes]:
        kept.append(answer(body))
        return 200, "", kept[0]

    stamp(TEXT, "http://tsa", root, post=replay)
    with pytest.raises(NotVouched, match="another question"):
        stamp(TEXT, "http://tsa", root, post=replay)
    with pytest.raises(NotVouched, match="answered 503"):
        stamp(TEXT, "http://tsa", root, post=lambda _url, _body: (503, "", b""))


def test_openssl_agrees(authority: tuple[Authority, bytes, bytes], tmp_path: Path) -> None:
    answer, root, _other = authority
    done = stamp(TEXT, "http://tsa", root, post=lambda _url, body: (200, "", answer(body)))
    for name, data in (("text", TEXT), ("reply", done.reply), ("root", root)):
        (tmp_path / name).write_bytes(data)
    said = subprocess.run(
        ["openssl", "ts", "-verify", "-data", "text", "-in", "reply", "-CAfile", "root"],
        cwd=tmp_path,
        capture_output=True,
        check=False,
    )
    assert b"Verification: OK" in said.stdout + said.stderr
