"""A local certificate authority with name constraints, and this machine's server certificate; no Django.

RFC 5280 sections 4.2.1.9 (basic constraints) and 4.2.1.10 (name constraints: only this machine's own names).
"""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from fanghu.faults import Fault

CA_DAYS, SERVER_DAYS, RENEW_DAYS = 3650, 397, 30


@dataclass(frozen=True, slots=True)
class Certificate:
    """Files granian serves with, and the SHA-256 fingerprint a person compares."""

    chain: Path
    key: Path
    authority: Path
    fingerprint: str


def _write(path: Path, data: bytes) -> None:
    draft = path.with_name(f".{path.name}.new")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


def _pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _general(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _constraint(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_network(name))
    except ValueError:
        return x509.DNSName(name)


def _authority(folder: Path, names: list[str], now: datetime) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Fanghu local authority")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=5))
        .not_valid_after(now + timedelta(days=CA_DAYS))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(
            x509.NameConstraints(permitted_subtrees=[_constraint(name) for name in names], excluded_subtrees=None),
            critical=True,
        )
        .add_extension(
            x509.KeyUsage(False, False, False, False, False, True, True, False, False),
            critical=True,
        )
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    _write(folder / "authority.key", _pem(key))
    _write(folder / "authority.pem", certificate.public_bytes(serialization.Encoding.PEM))
    return certificate, key


def _covers(certificate: x509.Certificate, names: Iterable[str], now: datetime) -> bool:
    if certificate.not_valid_after_utc - now < timedelta(days=RENEW_DAYS):
        return False
    held = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return all(_general(name) in held for name in names)


def ensure_certificate(home: Path, names: Iterable[str], now: datetime) -> Certificate:
    """Return the server's certificate for ``names``, made or renewed when missing, short-lived, or for other names.

    A ``server.pem`` that our authority did not sign was put there by the firm and is left alone.
    Raises Fault FH-TLS-01 when the files cannot be read.
    """
    folder = home / "tls"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    wanted = sorted({"localhost", "127.0.0.1", "::1", *names})
    chain, key_file, ca_file = folder / "server.pem", folder / "server.key", folder / "authority.pem"
    try:
        if chain.exists():
            current = x509.load_pem_x509_certificate(chain.read_bytes())
            ours = ca_file.exists() and current.issuer == x509.load_pem_x509_certificate(ca_file.read_bytes()).subject
            if not ours or _covers(current, wanted, now):
                return Certificate(chain, key_file, ca_file, current.fingerprint(hashes.SHA256()).hex(":").upper())
        authority, signer = _authority(folder, wanted, now)  # its names are constrained, so new names need a new one
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = (
            x509.CertificateBuilder()
            .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Fanghu")]))
            .issuer_name(authority.subject)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(minutes=5))
            .not_valid_after(now + timedelta(days=SERVER_DAYS))
            .add_extension(x509.SubjectAlternativeName([_general(name) for name in wanted]), critical=False)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False)
            .sign(signer, hashes.SHA256())
        )
    except (ValueError, OSError) as error:
        raise Fault(
            "FH-TLS-01",
            f"The certificate files in {folder} cannot be used; remove or replace them and start again.",
            f"{folder} 內的憑證檔案無法使用；請移除或更換後再啟動。",
        ) from error
    _write(key_file, _pem(key))
    _write(
        chain,
        certificate.public_bytes(serialization.Encoding.PEM) + authority.public_bytes(serialization.Encoding.PEM),
    )
    return Certificate(chain, key_file, ca_file, certificate.fingerprint(hashes.SHA256()).hex(":").upper())
