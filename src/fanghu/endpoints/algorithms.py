"""The algorithms seen at an address: protocol versions, what its suites are made of, key exchanges, certificates."""

from __future__ import annotations

from collections.abc import Iterable

from fanghu.keys.facts import Use
from fanghu.probes.suites import parts_of
from fanghu.probes.tls import TlsSeen


def uses_seen(address: str, tls: TlsSeen) -> Iterable[Use]:
    """Every algorithm that the server at ``address`` would use; of the last certificate sent, the key alone counts."""
    for version in tls.versions:
        yield Use(version, 0, address)
    for suite in tls.suites:
        parts = parts_of(suite)
        for name, bits in (cipher_of(parts.cipher), (parts.exchange, 0), (parts.hash, 0)):
            if name:
                yield Use(f"HMAC-{name}" if name == "SHA-1" else name, bits, address)
    for group in tls.groups:
        yield Use(group, 0, address)
    for at, certificate in enumerate(tls.chain):
        yield Use(certificate.key, certificate.bits, address)
        if at == 0 or at < len(tls.chain) - 1:  # a root's signature of itself proves nothing to anybody
            yield Use(certificate.signature, 0, address)


def cipher_of(name: str) -> tuple[str, int]:
    """``AES-256-GCM`` as AES-GCM with 256 bits; a cipher whose size is fixed as itself."""
    kind, _dash, rest = name.partition("-")
    size, _dash, mode = rest.partition("-")
    if kind in {"AES", "CAMELLIA"} and size.isdigit():
        return f"{kind}-{mode}", int(size)
    return ("RC4", int(size) if size.isdigit() else 0) if kind == "RC4" else (name, 0)
