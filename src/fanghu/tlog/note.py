"""C2SP signed notes with Ed25519 keys: verifier keys, signing, strict parsing.

Signature types used here (c2sp.org/signed-note): 0x01 plain Ed25519 over the text; 0x04 the timestamped
``cosignature/v1`` (c2sp.org/tlog-cosignature), by which the log's own key states when it sealed.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from fanghu.tlog.damage import BadNote

PLAIN = 1
TIMED = 4
LONGEST = 65536
"""Longest note accepted, in bytes."""


def key_id(name: str, kind: int, public: bytes) -> bytes:
    """First four bytes of SHA-256(name || LF || kind || public key)."""
    return sha256(name.encode() + b"\n" + bytes([kind]) + public).digest()[:4]


def valid_name(name: str) -> bool:
    """Whether ``name`` may name a key: not empty, no white space, no plus sign."""
    return bool(name) and "+" not in name and not any(c.isspace() or not c.isprintable() for c in name)


@dataclass(frozen=True, slots=True)
class Verifier:
    """A pinned public key (32 bytes) and its name."""

    name: str
    public: bytes

    @classmethod
    def parse(cls, text: str) -> Verifier:
        """Read ``name+hash+base64(0x01 || public key)``; BadNote when it is not exactly that."""
        name, _, rest = text.strip().partition("+")
        digest, _, encoded = rest.partition("+")
        try:
            raw = base64.b64decode(encoded, validate=True)
        except (binascii.Error, ValueError):
            raw = b""
        if len(raw) == 33 and raw[0] == PLAIN and valid_name(name):
            key = cls(name, raw[1:])
            if digest == key_id(name, PLAIN, key.public).hex() and str(key) == text.strip():
                return key
        raise BadNote(
            "The verifier key is not of the form name+hash+base64 with a matching hash; copy it again whole.",
            "驗證金鑰不是 name+hash+base64 的形式或雜湊不符；請重新完整複製。",
        )

    def __str__(self) -> str:
        encoded = base64.b64encode(bytes([PLAIN]) + self.public).decode()
        return f"{self.name}+{key_id(self.name, PLAIN, self.public).hex()}+{encoded}"

    def holds(self, text: bytes, signature: Signature) -> bool:
        """Whether ``signature`` is this key's, of a known kind, and right for ``text``."""
        if signature.name != self.name:
            return False
        if signature.key_id == key_id(self.name, PLAIN, self.public):
            signed, raw = text, signature.raw
        elif signature.key_id == key_id(self.name, TIMED, self.public) and len(signature.raw) == 72:
            signed = timed_text(text, int.from_bytes(signature.raw[:8], "big"))
            raw = signature.raw[8:]
        else:
            return False
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(raw, signed)
        except (InvalidSignature, ValueError):
            return False
        return True

    def time_of(self, signature: Signature) -> datetime | None:
        """The time stated by a timestamped signature of this key (check `holds` first)."""
        if signature.key_id == key_id(self.name, TIMED, self.public) and len(signature.raw) == 72:
            return datetime.fromtimestamp(int.from_bytes(signature.raw[:8], "big"), UTC)
        return None


@dataclass(frozen=True, slots=True)
class Signature:
    """One signature line: key name, four bytes of key id, the signature's bytes."""

    name: str
    key_id: bytes
    raw: bytes

    def line(self) -> str:
        """The line without its newline."""
        return f"— {self.name} {base64.b64encode(self.key_id + self.raw).decode()}"


@dataclass(frozen=True, slots=True)
class Signer:
    """A private key (32-byte Ed25519 seed) and its name."""

    name: str
    private: bytes

    def __post_init__(self) -> None:
        if not valid_name(self.name):
            raise ValueError("a key's name has no white space and no plus sign")

    def __repr__(self) -> str:
        return f"Signer({self.name!r}, …)"

    @property
    def verifier(self) -> Verifier:
        """The public half."""
        return Verifier(self.name, self._key().public_key().public_bytes_raw())

    def sign(self, text: bytes) -> Signature:
        """A plain Ed25519 signature of ``text``."""
        return Signature(self.name, key_id(self.name, PLAIN, self.verifier.public), self._key().sign(text))

    def sign_at(self, text: bytes, now: datetime) -> Signature:
        """A timestamped signature of ``text``: ``now`` in whole seconds, then Ed25519."""
        seconds = int(now.timestamp())
        raw = seconds.to_bytes(8, "big") + self._key().sign(timed_text(text, seconds))
        return Signature(self.name, key_id(self.name, TIMED, self.verifier.public), raw)

    def _key(self) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(self.private)


def cosigner(text: str) -> Verifier:
    """A witness's verifier key ``name+hash+base64(0x04 || public key)`` (c2sp.org/tlog-cosignature); BadNote otherwise."""
    name, _, rest = text.strip().partition("+")
    try:
        raw = base64.b64decode(rest.partition("+")[2], validate=True)
    except (binascii.Error, ValueError):
        raw = b""
    if len(raw) == 33 and raw[0] == TIMED and valid_name(name):
        key = Verifier(name, raw[1:])
        if cosigner_text(key) == text.strip():
            return key
    raise BadNote(
        "The witness's key is not of the form name+hash+base64 with a matching hash; copy it again whole.",
        "見證方的驗證金鑰不是 name+hash+base64 的形式或雜湊不符；請重新完整複製。",
    )


def cosigner_text(key: Verifier) -> str:
    """How a witness's verifier key is written."""
    encoded = base64.b64encode(bytes([TIMED]) + key.public).decode()
    return f"{key.name}+{key_id(key.name, TIMED, key.public).hex()}+{encoded}"


def new_key(name: str) -> tuple[bytes, str]:
    """A fresh key: its 32 private bytes and its verifier string."""
    private = Ed25519PrivateKey.generate().private_bytes_raw()
    return private, str(Signer(name, private).verifier)


def timed_text(text: bytes, seconds: int) -> bytes:
    """What a ``cosignature/v1`` signs."""
    return b"cosignature/v1\ntime %d\n" % seconds + text


@dataclass(frozen=True, slots=True)
class Note:
    """A text (ends in a newline) and its signatures; ``bytes(note)`` is the one way to write it."""

    text: bytes
    signatures: tuple[Signature, ...]

    def __bytes__(self) -> bytes:
        return self.text + b"\n" + "".join(s.line() + "\n" for s in self.signatures).encode()

    @classmethod
    def parse(cls, data: bytes) -> Note:
        """Read a note; BadNote unless writing it again yields the same bytes."""
        text, gap, lines = data.rpartition(b"\n\n")
        text += b"\n"
        signatures: list[Signature] = []
        try:
            text.decode()
            for line in lines.decode().removesuffix("\n").split("\n"):
                dash, name, encoded = line.split(" ")
                raw = base64.b64decode(encoded, validate=True)
                if dash != "—" or len(raw) < 5 or not valid_name(name):
                    raise ValueError(line)
                signatures.append(Signature(name, raw[:4], raw[4:]))
        except ValueError:
            signatures = []
        note = cls(text, tuple(signatures))
        if not gap or not signatures or len(data) > LONGEST or bytes(note) != data:
            raise BadNote(
                "The checkpoint is not a well-formed signed note; compare it with a copy kept elsewhere.",
                "檢查點不是格式正確的簽章文件；請與他處保存的副本比對。",
            )
        return note

    def signed_by(self, keys: Sequence[Verifier]) -> list[Signature]:
        """The signatures that one of ``keys`` made."""
        return [s for s in self.signatures if any(key.holds(self.text, s) for key in keys)]
