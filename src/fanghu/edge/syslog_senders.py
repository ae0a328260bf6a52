"""Which source a syslog message belongs to: by the peer it came from and the host it states; pure.

A certificate cannot be shown nor an address be used by just anybody, a host can be stated by all: so a source whose
certificate was shown wins, then the narrower network, then a host that was declared. A message that states no host at all belongs to the peer's first source.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from fanghu.intake.plan import Plan, Source

WAY = "syslog"
_HOST = re.compile(
    rb"<\d{1,3}>(?:"
    rb"\d{1,2} \S{1,40} (\S{1,255}) "  # RFC 5424: version, time, host
    rb"|[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d (\S{1,255}) "  # RFC 3164
    rb"|\d{4}-\d\d-\d\dT\S{8,40} (\S{1,255}) )"  # rsyslog's own: 3164 with an ISO time
)

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network


def stated_host(message: bytes) -> str:
    """The host a message states, lower case; "" when it states none."""
    found = _HOST.match(message)
    if not found:
        return ""
    host = (found[1] or found[2] or found[3]).decode("ascii", "replace").lower()
    return "" if host == "-" or host.endswith(":") else host


@dataclass(frozen=True, slots=True)
class Sender:
    """One peer: the sources it may send as, the most particular first."""

    sources: tuple[Source, ...]

    def source_of(self, message: bytes) -> Source | None:
        """Whose message it is; None when it states a host that nobody declared for this peer."""
        if len(self.sources) == 1 and not self.sources[0].hosts:
            return self.sources[0]
        host = stated_host(message)
        if not host:
            return self.sources[0]
        return next((source for source in self.sources if _may_state(source, host)), None)


class Senders:
    """All peers that a plan lets send syslog."""

    def __init__(self, plan: Plan) -> None:
        self._open = [
            (source, [ip_network(text, strict=False) for text in source.addresses])
            for source in plan.sources
            if WAY in source.ways
        ]
        self.of = lru_cache(maxsize=4_096)(self._of)

    def _of(self, peer: str, certificate: str = "") -> Sender | None:
        """The sender at ``peer``; ``certificate`` is the hex SHA-256 of what it proved to hold. None: unknown.

        A source that names certificates is open only to those who hold one.
        """
        address = plain_address(peer)
        if address is None:
            return None
        ranked: list[tuple[bool, int, bool, Source]] = []
        for source, networks in self._open:
            if source.certificates and certificate not in source.certificates:
                continue
            width = _width(networks, address)
            if width is None and not (source.certificates and not networks):
                continue
            ranked.append((bool(source.certificates), width or 0, bool(source.hosts), source))
        if not ranked:
            return None
        ranked.sort(key=lambda row: row[:3], reverse=True)
        return Sender(tuple(row[3] for row in ranked))


def plain_address(text: str) -> Address | None:
    """The address, an IPv4 one inside IPv6 as itself; None when it is none (a Unix socket)."""
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return (address.ipv4_mapped or address) if isinstance(address, IPv6Address) else address


def _width(networks: Sequence[Network], address: Address) -> int | None:
    """The length of the narrowest prefix that holds ``address``, counted from 128; None when none does."""
    lengths = [
        network.prefixlen + 128 - network.max_prefixlen
        for network in networks
        if network.version == address.version and address in network
    ]
    return max(lengths, default=None)


def _may_state(source: Source, host: str) -> bool:
    if not source.hosts:
        return True
    return any(name in ("", host) or host.split(".", maxsplit=1)[0] == name for name in map(str.lower, source.hosts))
