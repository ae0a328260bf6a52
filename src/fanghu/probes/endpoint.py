"""One declared address probed once: TLS, the same port in the clear, a clear port beside it, cookies, HSTS, error pages."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from fanghu.probes.clear_text import Manner, knock
from fanghu.probes.cookies import CookieSeen, seen
from fanghu.probes.error_pages import ErrorSeen
from fanghu.probes.hello import Target
from fanghu.probes.preface import Preface
from fanghu.probes.provocation import asked_wrongly
from fanghu.probes.tls import TlsSeen, look
from fanghu.probes.visitor import Unreachable, Visitor

Protocol = Literal["https", "tls", "postgresql", "smtp", "ldap", "clear"]
PREFACES: dict[Protocol, Preface] = {"postgresql": "postgresql", "smtp": "smtp", "ldap": "ldap"}


@dataclass(frozen=True, slots=True)
class EndpointSeen:
    """What one probe of one address saw.

    ``clear`` is how the port itself answers without TLS, ``clear_beside`` how the declared clear port does ("" where
    none is declared); ``hsts`` is the seconds of Strict-Transport-Security (0: none), ``page`` the status of the page
    asked for (0: none was asked for).
    """

    tls: TlsSeen
    clear: Manner
    clear_beside: Manner | Literal[""] = ""
    page: int = 0
    hsts: int = 0
    cookies: tuple[CookieSeen, ...] = ()
    errors: tuple[ErrorSeen, ...] = ()


def probe(
    protocol: Protocol,
    target: Target,
    *,
    path: str = "/",
    clear_port: int | None = None,
    authority: Path | None = None,
) -> EndpointSeen:
    """Probe the declared address and nothing else; Unreachable when nobody answers there."""
    aimed = replace(target, preface=PREFACES.get(protocol, ""))
    clear = knock(aimed)
    if clear == "no_port":
        raise Unreachable(f"{target.host}:{target.port} does not answer")
    beside: Manner | Literal[""] = "" if clear_port is None else knock(replace(target, port=clear_port, preface=""))
    try:
        tls = TlsSeen(False) if protocol == "clear" else look(aimed, authority)
    except Unreachable:
        if clear != "served":
            raise
        tls = TlsSeen(False)  # it speaks, but not TLS
    if protocol != "https" or not tls.speaks or tls.distrust:
        return EndpointSeen(tls, clear, beside)
    return _with_pages(EndpointSeen(tls, clear, beside), target, path, authority)


def _with_pages(seen_so_far: EndpointSeen, target: Target, path: str, authority: Path | None) -> EndpointSeen:
    name = target.name or target.host
    base = f"https://[{name}]:{target.port}" if ":" in name else f"https://{name}:{target.port}"
    browser = Visitor(base, authority, timeout=target.timeout, source=target.source)
    answer = browser.get(path)
    return replace(
        seen_so_far,
        page=answer.status,
        hsts=hsts_of(answer.headers.get("strict-transport-security", "")),
        cookies=seen(browser.cookies),
        errors=tuple(asked_wrongly(browser, path)),
    )


def hsts_of(header: str) -> int:
    """The ``max-age`` of a Strict-Transport-Security header in seconds (RFC 6797); 0 when it sets none."""
    found = re.search(r"max-age\s*=\s*\"?(\d{1,12})", header, re.IGNORECASE)
    return int(found.group(1)) if found else 0
