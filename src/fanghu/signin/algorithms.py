"""The algorithms by which people prove who they are, seen by trying and in what is stored."""

from __future__ import annotations

import base64
import hmac
from collections.abc import Iterable
from datetime import datetime

from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value

from fanghu.keys.algorithms import Look
from fanghu.keys.facts import Use
from fanghu.signin.factor import new_seed

COUNTER = 7


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


USES: dict[str, Look] = {"authenticator codes": codes}
