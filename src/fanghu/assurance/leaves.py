"""What a judging run said, as hashes: canonical bytes, leaves, the root over them; no Django.

A leaf is a JSON array ``[duty, subject, verdict, facts hash, reading hash, stable hash, words hash]``. The stable hash is
over what splits an interval, the words hash over the parameters, both sentences and the end of freshness. The root is
SHA-256 over the sorted leaves, one a line (docs/decisions/0030).
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterable
from typing import Any, NamedTuple

import msgspec


class Leaf(NamedTuple):
    """One cell of one run; hashes are lower-case hex SHA-256, ``facts`` is empty where there were none."""

    duty: str
    subject: str
    verdict: str
    facts: str
    reading: str
    stable: str
    words: str


def canonical(value: Any) -> bytes:
    """JSON with sorted keys and sets, no white space, times in RFC 3339."""
    return msgspec.json.encode(value, order="sorted")


def digest(value: Any) -> str:
    """SHA-256 (hex) of the canonical bytes."""
    return hashlib.sha256(canonical(value)).hexdigest()


def lines(leaves: Iterable[Leaf]) -> bytes:
    """The sorted leaves, one a line."""
    encode = msgspec.json.encode
    return b"".join(line + b"\n" for line in sorted(encode(tuple(leaf)) for leaf in leaves))


def root(text: bytes) -> str:
    """The root hash over the lines."""
    return hashlib.sha256(text).hexdigest()


def pack(text: bytes) -> bytes:
    """The lines as kept beside a run."""
    return zlib.compress(text, 6)


def unpack(packed: bytes) -> bytes:
    """The lines again; ValueError when they were damaged."""
    try:
        return zlib.decompress(packed)
    except zlib.error as error:
        raise ValueError(f"leaves cannot be read: {error}") from None


def parse(text: bytes) -> list[Leaf]:
    """The leaves of the lines; ValueError when a line is not a leaf."""
    try:
        return [
            Leaf(*msgspec.json.decode(line, type=tuple[str, str, str, str, str, str, str]))
            for line in text.splitlines()
        ]
    except msgspec.DecodeError as error:
        raise ValueError(f"a leaf cannot be read: {error}") from None
