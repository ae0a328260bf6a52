"""Whether an address lies on another machine: a witness or time-stamp authority on this one proves nothing against root."""

from __future__ import annotations

import ipaddress
import re
import socket
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
_LOCAL = re.compile(r"\|-- (\S+)\s+/32 host LOCAL")


def own_addresses(proc: Path = Path("/proc/net")) -> set[Address]:
    """Every address of this machine, as its kernel lists them."""
    found: set[Address] = set()
    with suppress(OSError, ValueError):
        found |= {ipaddress.ip_address(each) for each in _LOCAL.findall((proc / "fib_trie").read_text())}
    with suppress(OSError, ValueError, IndexError):
        for line in (proc / "if_inet6").read_text().splitlines():
            found.add(ipaddress.IPv6Address(bytes.fromhex(line.split()[0])))
    return found


def resolved(host: str) -> set[Address]:
    """The addresses that a name stands for; none when it stands for none."""
    try:
        rows = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except OSError:
        return set()
    return {ipaddress.ip_address(str(row[4][0]).partition("%")[0]) for row in rows}


def is_outside(
    url: str,
    *,
    resolve: Callable[[str], Iterable[Address]] = resolved,
    own: Callable[[], set[Address]] = own_addresses,
) -> bool:
    """Whether every address of ``url``'s host is another machine's; in doubt it is not."""
    host = urlsplit(url).hostname or ""
    found = {_plain(address) for address in resolve(host)} if host else set()
    here = {_plain(address) for address in own()}
    return bool(found) and bool(here) and not any(
        address in here or address.is_loopback or address.is_unspecified or address.is_link_local or address.is_multicast
        for address in found
    )  # fmt: skip


def _plain(address: Address) -> Address:
    """An IPv4 address written as IPv6 is itself."""
    mapped = getattr(address, "ipv4_mapped", None)
    return mapped if mapped is not None else address
