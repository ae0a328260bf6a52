"""One signed JSON document to one address: resolved once, checked, connected to exactly that, never redirected; no Django."""

from __future__ import annotations

import hmac
import http.client
import ipaddress
import socket
import ssl
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from fanghu.testimony import _

SIGNATURE = "Fanghu-Signature"
SECONDS = 10.0


class NotDelivered(Exception):
    """Why nothing was delivered, in a few words that name no secret."""


@dataclass(frozen=True, slots=True)
class Target:
    """An address taken apart; ``inside`` allows this machine itself, and plain HTTP there."""

    secure: bool
    host: str
    port: int
    path: str
    inside: bool

    @classmethod
    def of(cls, url: str, *, inside: bool) -> Target:
        """NotDelivered for what cannot be one."""
        parts = urlsplit(url)
        if parts.scheme not in {"https", "http"} or not parts.hostname or (parts.scheme == "http" and not inside):
            raise NotDelivered(_("the address is not https"))
        secure = parts.scheme == "https"
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        return cls(secure, parts.hostname, parts.port or (443 if secure else 80), path, inside)

    def addresses(self) -> list[str]:
        """What the name stands for; NotDelivered when one of them is not allowed."""
        try:
            found = socket.getaddrinfo(self.host, self.port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError):
            raise NotDelivered(_("the name is not known")) from None
        addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
        for text in addresses:
            if not self.allows(text):
                raise NotDelivered(_("the address leads to this machine or link"))
        return addresses

    def allows(self, text: str) -> bool:
        """Whether an address may be spoken to; plain HTTP only on this machine."""
        address = ipaddress.ip_address(text.partition("%")[0])
        address = getattr(address, "ipv4_mapped", None) or address
        if not self.secure:
            return address.is_loopback
        return self.inside or not (
            address.is_loopback or address.is_link_local or address.is_unspecified or address.is_multicast
        )


def signature(key: bytes, body: bytes, at: datetime) -> str:
    """``t=<unix seconds>,v1=<hex HMAC-SHA-256 of "t.body">``: the time is signed too, so that nobody sends it again later."""
    stamp = str(int(at.timestamp()))
    return f"t={stamp},v1={hmac.digest(key, stamp.encode() + b'.' + body, 'sha256').hex()}"


def signed_by(key: bytes, body: bytes, said: str) -> bool:
    """Whether a signature holds."""
    parts = dict(part.split("=", 1) for part in said.split(",") if "=" in part)
    due = hmac.digest(key, parts.get("t", "").encode() + b"." + body, "sha256").hex()
    return hmac.compare_digest(due, parts.get("v1", ""))


def send(
    url: str,
    body: bytes,
    key: bytes,
    now: datetime,
    *,
    inside: bool = False,
    context: ssl.SSLContext | None = None,
    seconds: float = SECONDS,
) -> None:
    """POST ``body``; returns when it was answered with 2xx. Raises NotDelivered."""
    target = Target.of(url, inside=inside)
    connection = _Connection(target, target.addresses(), context, seconds)
    try:
        headers = {"Content-Type": "application/json", SIGNATURE: signature(key, body, now), "User-Agent": "Fanghu"}
        connection.request("POST", target.path, body, headers)
        status = connection.getresponse().status
    except ssl.SSLError:
        raise NotDelivered(_("the certificate or TLS was refused")) from None
    except (OSError, http.client.HTTPException) as error:
        raise NotDelivered(_("no answer") + f": {type(error).__name__}") from None
    finally:
        connection.close()
    if not 200 <= status < 300:
        raise NotDelivered(_("the answer was no yes") + f": {status}")


class _Connection(http.client.HTTPConnection):
    """Speaks to the addresses that were checked, not to what the name stands for a moment later."""

    def __init__(self, target: Target, addresses: list[str], context: ssl.SSLContext | None, seconds: float) -> None:
        super().__init__(target.host, target.port, timeout=seconds)
        self._target, self._addresses, self._context = target, addresses, context

    def connect(self) -> None:
        """Try each address in turn."""
        problem: OSError = OSError("no address")
        for address in self._addresses:
            try:
                plain = socket.create_connection((address, self._target.port), self.timeout)
            except OSError as error:
                problem = error
                continue
            if not self._target.secure:
                self.sock = plain
                return
            context = self._context or ssl.create_default_context()
            try:
                self.sock = context.wrap_socket(plain, server_hostname=self._target.host)
            except OSError:
                plain.close()
                raise
            return
        raise problem
