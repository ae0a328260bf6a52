"""The algorithms by which people prove who they are, seen by trying and in what is stored."""

from __future__ import annotations

import base64
import hmac
from collections.abc import Iterable
from datetime import datetime

from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from fido2.webauthn import RegistrationResponse

from fanghu.keys.algorithms import Look
from fanghu.keys.facts import Use
from fanghu.signin.factor import new_seed
from fanghu.signin.factors import PASSKEY

COUNTER = 7
SIGNATURES = {
    -7: "ECDSA P-256", -8: "Ed25519", -35: "ECDSA P-384", -36: "ECDSA P-521", -37: "RSA", -257: "RSA", -48: "ML-DSA",
    -49: "ML-DSA", -50: "ML-DSA",
}  # fmt: skip
"""Signature algorithms by their COSE numbers."""


def codes(_now: datetime) -> Iterable[Use]:
    """The keyed hash behind an authenticator's codes: the one that gives the library's own answer (RFC 4226)."""
    seed = new_seed()
    given = format_hotp_value(hotp_value(seed, COUNTER))
    raw = base64.b32decode(seed)
    for name, algorithm in (("sha1", "HMAC-SHA-1"), ("sha256", "HMAC-SHA-256"), ("sha512", "HMAC-SHA-512")):
        digest = hmac.digest(raw, COUNTER.to_bytes(8), name)
        at = digest[-1] & 15
        if str(int.from_bytes(digest[at : at + 4]) & 0x7FFFFFFF)[-len(given) :].zfill(len(given)) == given:
            yield Use(algorithm, len(raw) * 8, "authenticator codes")
            return
    raise ValueError("no known hash gives the codes")


def passkeys(_now: datetime) -> Iterable[Use]:
    """What the passkeys in use sign with, as each one's public key says (RFC 9053); any other goes by its number."""
    for kept in Authenticator.objects.filter(type=PASSKEY).values_list("data", flat=True):
        made = RegistrationResponse.from_dict(kept["credential"]).response.attestation_object.auth_data
        if made.credential_data is not None:
            number = made.credential_data.public_key.ALGORITHM
            yield Use(SIGNATURES.get(number, f"COSE {number}"), 0, "passkeys")


USES: dict[str, Look] = {"authenticator codes": codes, "passkeys": passkeys}
