"""Keys kept in files outside the database (0600 in ``<home>/keys``): secrets, sealing, keyed hashes; no Django."""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from fanghu.faults import Fault

NONCE = 12


@dataclass(frozen=True, slots=True)
class Custody:
    """The key folder of one data folder."""

    home: Path

    @property
    def folder(self) -> Path:
        """Where the key files lie, mode 0700."""
        return self.home / "keys"

    def secret(self, name: str, size: int = 32) -> bytes:
        """Return the named random secret, made once (atomically, 0600) when missing."""
        path = self.folder / f"{name}.key"
        try:
            return path.read_bytes()
        except FileNotFoundError:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = path.with_name(f".{name}.{secrets.token_hex(4)}")
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            os.write(handle, secrets.token_bytes(size))
            os.fsync(handle)
        finally:
            os.close(handle)
        try:
            os.link(draft, path)  # fails where another process made it first: theirs stands
        except FileExistsError:
            pass
        finally:
            draft.unlink()
        return path.read_bytes()

    def handed(self, name: str) -> str:
        """A secret that the administrator laid into the key folder as a text file, or ""."""
        try:
            return (self.folder / name).read_text("utf-8").strip()
        except OSError:
            return ""

    def seal(self, purpose: str, plain: bytes, *, bound_to: str) -> bytes:
        """AES-256-GCM (nonce || ciphertext || tag) under the key of ``purpose``, bound to ``bound_to``."""
        nonce = secrets.token_bytes(NONCE)
        return nonce + AESGCM(self.secret(f"seal-{purpose}")).encrypt(nonce, plain, bound_to.encode())

    def unseal(self, purpose: str, sealed: bytes, *, bound_to: str) -> bytes:
        """Open what ``seal`` made; Fault FH-KEY-01 when it was altered, moved, or sealed under another key."""
        try:
            return AESGCM(self.secret(f"seal-{purpose}")).decrypt(sealed[:NONCE], sealed[NONCE:], bound_to.encode())
        except InvalidTag:
            raise Fault(
                "FH-KEY-01",
                "A sealed value cannot be opened; restore the key folder that belongs to this database.",
                "封存的資料無法開啟；請還原與此資料庫相符的金鑰資料夾。",
            ) from None

    def keyed_hash(self, purpose: str, text: str) -> str:
        """HMAC-SHA-256 (hex) of ``text`` under the key of ``purpose``: equal texts compare, none is readable."""
        return hmac.new(self.secret(f"hmac-{purpose}"), text.encode(), hashlib.sha256).hexdigest()
