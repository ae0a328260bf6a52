"""An authenticator in software: makes passkeys and signs with them, as a browser's script hands it over (WebAuthn)."""

from __future__ import annotations

import hashlib
import json
import secrets
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from fido2.cose import ES256
from fido2.utils import websafe_encode as text
from fido2.webauthn import AttestationObject, AttestedCredentialData, AuthenticatorData, CollectedClientData

ORIGIN = "https://localhost:8443"
FLAGS = AuthenticatorData.FLAG


@dataclass
class SoftKey:
    """One passkey of one host name; ``counter`` rises with each use."""

    origin: str = ORIGIN
    party: str = "localhost"
    counter: int = 0
    present: bool = True
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    id: bytes = field(default_factory=lambda: secrets.token_bytes(16))

    def made(self, options: dict[str, Any]) -> str:
        """The answer to creation options."""
        client = self._client(CollectedClientData.TYPE.CREATE, options)
        held = AttestedCredentialData.create(bytes(16), self.id, ES256.from_cryptography_key(self.key.public_key()))
        data = AuthenticatorData.create(self._party(), self._flags() | FLAGS.AT, self.counter, held)
        attested = AttestationObject.create("none", data, {})
        return self._said({"clientDataJSON": text(client), "attestationObject": text(attested)})

    def signed(self, options: dict[str, Any]) -> str:
        """The answer to request options."""
        self.counter += 1
        client = self._client(CollectedClientData.TYPE.GET, options)
        data = AuthenticatorData.create(self._party(), self._flags(), self.counter)
        signature = self.key.sign(data + client.hash, ec.ECDSA(hashes.SHA256()))
        return self._said(
            {"clientDataJSON": text(client), "authenticatorData": text(data), "signature": text(signature)}
        )

    def _client(self, kind: str, options: dict[str, Any]) -> CollectedClientData:
        return CollectedClientData.create(kind, options["publicKey"]["challenge"], self.origin)

    def _party(self) -> bytes:
        return hashlib.sha256(self.party.encode()).digest()

    def _flags(self) -> int:
        return FLAGS.UP if self.present else FLAGS(0)

    def _said(self, response: dict[str, str]) -> str:
        return json.dumps(
            {"id": text(self.id), "rawId": text(self.id), "type": "public-key", "response": response}
            | {"clientExtensionResults": {}}
        )
