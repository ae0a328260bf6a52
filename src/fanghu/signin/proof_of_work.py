"""A proof of work, as ALTCHA's: find the number behind a hash; asked for before any password is tried (6.8).

A challenge is one signed text: ``purpose.bound.cost.expires.salt.digest.signature`` with digest = SHA-256(salt number)
and a number below ``cost``; the proof is the challenge with ``.number`` behind it. Whoever asks keeps nothing; whoever
answers pays ``cost`` / 2 hashes on average, and never more than ``cost``.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

LIFE = timedelta(minutes=5)
DEAREST = 32
"""A challenge costs at most this many times the first one: some seconds for a person, a wall for a robot."""
SOURCE_STEP = 5
"""Every so many attempts of one source double its cost."""


@dataclass(frozen=True, slots=True)
class Challenge:
    """What was asked: for which purpose and whom, at which cost (hashes at most), until when (Unix seconds)."""

    purpose: str
    bound: str
    cost: int
    expires: int
    salt: str
    digest: str


def times_dearer(source_attempts: int, id_failures: int) -> int:
    """How many times the first attempt's cost: doubled by each failure of the id after its first, and by the source's."""
    return int(min(DEAREST, 2 ** (max(0, id_failures - 1) + source_attempts // SOURCE_STEP)))


def ask(key: bytes, purpose: str, bound: str, cost: int, now: datetime) -> str:
    """A fresh challenge; ``bound`` names whom it is for (no dots)."""
    salt = secrets.token_hex(12)
    digest = _digest(salt, secrets.randbelow(cost))
    text = f"{purpose}.{bound}.{cost}.{int((now + LIFE).timestamp())}.{salt}.{digest}"
    return f"{text}.{_sign(key, text)}"


def solve(challenge: str) -> str:
    """The proof for a challenge, as a browser's script finds it; ValueError for a text that is none."""
    _purpose, _bound, cost, _expires, salt, digest, _signature = challenge.split(".")
    started, goal, sha256 = salt.encode(), bytes.fromhex(digest), hashlib.sha256
    for number in range(int(cost)):
        if sha256(b"%b%d" % (started, number)).digest() == goal:
            return f"{challenge}.{number}"
    raise ValueError("no number below the cost fits")


def read(key: bytes, proof: str, now: datetime) -> Challenge | None:
    """The challenge that ``proof`` answers: ours, not expired, solved; None otherwise."""
    parts = proof.split(".")
    if len(parts) != 8 or not proof.isascii():
        return None
    purpose, bound, cost, expires, salt, digest, signature, number = parts
    text = ".".join(parts[:6])
    if not hmac.compare_digest(_sign(key, text), signature):
        return None
    if now.timestamp() >= int(expires) or len(number) > 12 or not number.isdigit():
        return None
    if _digest(salt, int(number)) != digest:
        return None
    return Challenge(purpose, bound, int(cost), int(expires), salt, digest)


def given(key: bytes, purpose: str, bound: str, cost: int, now: datetime) -> str:
    """A proof made by us for one who waited and typed a mailed code instead (the way without script)."""
    salt = secrets.token_hex(12)
    text = f"{purpose}.{bound}.{cost}.{int((now + LIFE).timestamp())}.{salt}.{_digest(salt, 0)}"
    return f"{text}.{_sign(key, text)}.0"


def _digest(salt: str, number: int) -> str:
    return hashlib.sha256(f"{salt}{number}".encode()).hexdigest()


def _sign(key: bytes, text: str) -> str:
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
