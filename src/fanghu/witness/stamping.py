"""RFC 3161: a time-stamp authority states that a checkpoint existed at a time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from cryptography import x509
from rfc3161_client import (
    HashAlgorithm,
    TimestampRequestBuilder,
    VerificationError,
    VerifierBuilder,
    decode_timestamp_response,
)

from fanghu.witness.client import NotVouched, Post

KIND = "application/timestamp-query"


@dataclass(frozen=True, slots=True)
class Stamped:
    """An authority's reply (DER) over a checkpoint's text, and the time it states (UTC)."""

    reply: bytes
    at: datetime


def stamp(text: bytes, url: str, roots: bytes, *, post: Post) -> Stamped:
    """Have ``text`` stamped at ``url`` and check the reply against the ``roots`` (PEM). NotVouched when it does not hold."""
    request = TimestampRequestBuilder().data(text).hash_algorithm(HashAlgorithm.SHA256).nonce(nonce=True).build()
    status, _kind, reply = post(url, request.as_bytes())
    if status != 200:
        raise NotVouched(f"the time-stamp authority answered {status}", f"時戳機構回應 {status}")
    found = checked(text, reply, roots)
    if decode_timestamp_response(reply).tst_info.nonce != request.nonce:
        raise NotVouched("the time stamp answers another question", "時戳並非針對此次請求")
    return found


def checked(text: bytes, reply: bytes, roots: bytes) -> Stamped:
    """Check a reply over ``text``; NotVouched when it is not by an authority that one of ``roots`` (PEM) vouches for."""
    try:
        answer = decode_timestamp_response(reply)
        builder = VerifierBuilder()
        for certificate in x509.load_pem_x509_certificates(roots):
            builder = builder.add_root_certificate(certificate)
        builder.build().verify_message(answer, text)
        at = answer.tst_info.gen_time
    except (VerificationError, ValueError) as why:
        raise NotVouched(f"the time stamp does not hold ({why})", f"時戳無效（{why}）") from why
    return Stamped(reply, at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC))
