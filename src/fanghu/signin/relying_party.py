"""Under which name authenticators know this server: a host name, never an address (WebAuthn, "RP ID" and "effective domain")."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True)
class RelyingParty:
    """``id`` is the host name that passkeys are bound to, ``origin`` the only origin they are taken from."""

    id: str
    origin: str


def relying_party(base_url: str) -> RelyingParty | None:
    """The relying party of a server reached at ``base_url`` (https), or None where it is known by an address only.

    A server of this machine is reached by its loopback address and by ``localhost`` alike: passkeys go by the latter.
    """
    parts = urlsplit(base_url)
    host = parts.hostname or ""
    try:
        if not ipaddress.ip_address(host).is_loopback:
            return None
        host = "localhost"
    except ValueError:
        if not host:
            return None
    return RelyingParty(host, origin_of(host, parts.port))


def origin_of(host: str, port: int | None) -> str:
    """An https origin as browsers write it: the usual port is left out."""
    return f"https://{host}" if port in (None, 443) else f"https://{host}:{port}"
