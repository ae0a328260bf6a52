"""A client's certificate and the authority that signed it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


def client_certificate(folder: Path) -> tuple[Path, Path, Path, str]:
    """Files of the authority, the client's certificate and its key; and the certificate's SHA-256."""
    folder.mkdir(parents=True)
    now = datetime.now(UTC)
    issuer_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    issuer = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Clients of the tests")])
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "gate-1")])

    def certificate(subject: x509.Name, public: ec.EllipticCurvePublicKey, *, authority: bool) -> x509.Certificate:
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(issuer)
            .public_key(public)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=2))
            .not_valid_after(now + timedelta(days=30))
            .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
            .sign(issuer_key, hashes.SHA256())
        )

    issued = certificate(name, key.public_key(), authority=False)
    places = folder / "authority.pem", folder / "client.pem", folder / "client.key"
    places[0].write_bytes(
        certificate(issuer, issuer_key.public_key(), authority=True).public_bytes(serialization.Encoding.PEM)
    )
    places[1].write_bytes(issued.public_bytes(serialization.Encoding.PEM))
    places[2].write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return *places, sha256(issued.public_bytes(serialization.Encoding.DER)).hexdigest()
