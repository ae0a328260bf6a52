"""What a TLS server offers and shows: versions, suites, key exchanges, certificate, chain, name, expiry."""

from __future__ import annotations

import ssl
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, rsa
from cryptography.x509.oid import SignatureAlgorithmOID

from fanghu.probes.hello import MODERN, SSL3, TLS10, TLS11, TLS12, TLS13, VERSIONS, Target, greet
from fanghu.probes.suites import GROUPS, SUITES, name_of
from fanghu.probes.visitor import Unreachable

MOST_SUITES = 24
OLD = frozenset({VERSIONS[SSL3], VERSIONS[TLS10], VERSIONS[TLS11]})
_ELDER = tuple(sorted(SUITES.keys() - MODERN))
_CURVES = {"secp256r1": "P-256", "secp384r1": "P-384", "secp521r1": "P-521"}


@dataclass(frozen=True, slots=True)
class CertificateSeen:
    """One certificate of a chain: whose, which key (size in bits), signed by what, when it ends, SHA-256 fingerprint."""

    subject: str
    key: str
    bits: int
    signature: str
    not_after: datetime
    fingerprint: str


@dataclass(frozen=True, slots=True)
class TlsSeen:
    """A TLS server as seen from outside.

    ``distrust`` says why the chain or the name does not hold ("" when it does); ``chain`` begins with the server's own
    certificate. Groups are seen in TLS 1.3 only.
    """

    speaks: bool
    versions: frozenset[str] = frozenset()
    suites: frozenset[str] = frozenset()
    groups: frozenset[str] = frozenset()
    distrust: str = ""
    chain: tuple[CertificateSeen, ...] = ()

    @property
    def old_versions(self) -> frozenset[str]:
        """Versions that are withdrawn (RFC 7568, RFC 8996)."""
        return self.versions & OLD

    @property
    def ends(self) -> datetime | None:
        """When the first certificate of the chain runs out."""
        return min((each.not_after for each in self.chain), default=None)


def look(target: Target, authority: Path | None = None) -> TlsSeen:
    """Ask for every version and suite, then shake hands once and read the chain; Unreachable when nobody answers.

    ``authority`` is a CA file trusted beside the machine's own.
    """
    versions, suites = set[str](), set[str]()
    spoke = False
    for version in (SSL3, TLS10, TLS11, TLS12, TLS13):
        for suite in _chosen(target, version, sorted(MODERN) if version == TLS13 else _ELDER):
            versions.add(VERSIONS[version])
            suites.add(name_of(suite))
            spoke = True
    if not spoke:
        return TlsSeen(False)
    groups = frozenset(_groups(target)) if VERSIONS[TLS13] in versions else frozenset()
    distrust, chain = _certificates(target, authority)
    return TlsSeen(True, frozenset(versions), frozenset(suites), groups, distrust, chain)


def _chosen(target: Target, version: int, offered: Iterable[int]) -> list[int]:
    """The suites that a server takes in this version: what it chose is left out of the next greeting until it refuses."""
    left, taken = list(offered), list[int]()
    while left and len(taken) < MOST_SUITES:
        reply = greet(target, version, left)
        if reply.kind != "hello" or reply.version != version or reply.suite not in left:
            break
        taken.append(reply.suite)
        left.remove(reply.suite)
    return taken


def _groups(target: Target) -> Iterable[str]:
    for group, name in GROUPS.items():
        reply = greet(target, TLS13, sorted(MODERN), [group])
        if reply.kind == "hello" and reply.group == group:
            yield name


def _certificates(target: Target, authority: Path | None) -> tuple[str, tuple[CertificateSeen, ...]]:
    """Why the chain or name is not to be trusted, and the chain as sent."""
    strict = ssl.create_default_context()
    if authority is not None and authority.exists():
        strict.load_verify_locations(cafile=str(authority))
    distrust = ""
    try:
        return "", _chain(target, strict)
    except ssl.SSLCertVerificationError as error:
        distrust = error.verify_message
    except ssl.SSLError as error:
        distrust = error.reason or "handshake failed"
    lax = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    lax.check_hostname = False
    lax.verify_mode = ssl.CERT_NONE  # only to read what an untrusted server shows
    lax.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    lax.set_ciphers("ALL:@SECLEVEL=0")
    try:
        return distrust, _chain(target, lax)
    except ssl.SSLError:
        return distrust, ()


def _chain(target: Target, context: ssl.SSLContext) -> tuple[CertificateSeen, ...]:
    with target.connect() as wire:
        try:
            with context.wrap_socket(wire, server_hostname=target.name or target.host) as secure:
                sent = secure._sslobj.get_unverified_chain()  # type: ignore[attr-defined]  # noqa: SLF001 - public from Python 3.13
        except ssl.SSLError:
            raise
        except OSError as error:
            raise Unreachable(f"{target.host}:{target.port} {error}") from error
    return tuple(_seen(x509.load_der_x509_certificate(ssl.PEM_cert_to_DER_cert(each.public_bytes()))) for each in sent)


def _seen(certificate: x509.Certificate) -> CertificateSeen:
    key, bits = key_of(certificate.public_key())
    return CertificateSeen(
        certificate.subject.rfc4514_string()[:200],
        key,
        bits,
        signature_of(certificate),
        certificate.not_valid_after_utc,
        certificate.fingerprint(hashes.SHA256()).hex(),
    )


def key_of(key: object) -> tuple[str, int]:
    """The algorithm of a public key and its size in bits."""
    if isinstance(key, ec.EllipticCurvePublicKey):
        return f"ECDSA {_CURVES.get(key.curve.name, key.curve.name)}", key.key_size
    if isinstance(key, rsa.RSAPublicKey):
        return "RSA", key.key_size
    if isinstance(key, ed25519.Ed25519PublicKey):
        return "Ed25519", 256
    if isinstance(key, ed448.Ed448PublicKey):
        return "Ed448", 448
    if isinstance(key, dsa.DSAPublicKey):
        return "DSA", key.key_size
    return type(key).__name__, 0


def signature_of(certificate: x509.Certificate) -> str:
    """The hash of a certificate's signature; of EdDSA, the whole algorithm."""
    hashed = certificate.signature_hash_algorithm
    if hashed is None:
        return "Ed25519" if certificate.signature_algorithm_oid == SignatureAlgorithmOID.ED25519 else "Ed448"
    return {"sha1": "SHA-1", "md5": "MD5"}.get(hashed.name, hashed.name.upper().replace("SHA", "SHA-"))
