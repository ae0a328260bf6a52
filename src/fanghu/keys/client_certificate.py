"""A client's certificate of the local authority, for what this machine sends to itself; no Django."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from fanghu.faults import Fault

HELD = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class ClientCertificate:
    """Its file and its key's, and the hex SHA-256 by which the intake knows it."""

    chain: Path
    key: Path
    fingerprint: str


def issue(home: Path, name: str, folder: Path, now: datetime) -> ClientCertificate:
    """A certificate of one hour with a key of its own, both in ``folder``; Fault FH-TLS-02 without a local authority."""
    try:
        authority = x509.load_pem_x509_certificate((home / "tls" / "authority.pem").read_bytes())
        signer = serialization.load_pem_private_key((home / "tls" / "authority.key").read_bytes(), None)
    except (OSError, ValueError) as why:
        raise _none() from why
    if not isinstance(signer, ec.EllipticCurvePrivateKey):
        raise _none()
    key = ec.generate_private_key(ec.SECP256R1())
    certificate = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
        .issuer_name(authority.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=5))
        .not_valid_after(now + HELD)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False)
        .sign(signer, hashes.SHA256())
    )
    made = ClientCertificate(
        folder / "client.pem", folder / "client.key", certificate.fingerprint(hashes.SHA256()).hex()
    )
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    _write(made.chain, certificate.public_bytes(serialization.Encoding.PEM))
    _write(made.key, key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ))  # fmt: skip
    return made


def _write(path: Path, data: bytes) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(data)


def _none() -> Fault:
    return Fault(
        "FH-TLS-02",
        "There is no local certificate authority in the tls folder; start Fanghu once to make it.",
        "tls 資料夾中沒有本機憑證管理中心；請啟動防護一次以建立。",
    )
