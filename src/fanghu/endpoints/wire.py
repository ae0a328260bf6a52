"""What this app's drills share: where a run's server is, and TLS tried against it step by step."""

from __future__ import annotations

from urllib.parse import urlsplit

from fanghu.endpoints.authorities import trusting
from fanghu.endpoints.own import authority
from fanghu.endpoints.rules import weaknesses
from fanghu.probes.clear_text import knock
from fanghu.probes.endpoint import EndpointSeen
from fanghu.probes.hello import Target
from fanghu.probes.tls import TlsSeen, look
from fanghu.probes.visitor import Unreachable
from fanghu.testimony import DrillRun, Subject, _

SYSTEM_ONE = Subject.system("fanghu")


def target_of(run: DrillRun) -> Target:
    """The run's server, called from the run's own address."""
    parts = urlsplit(run.base_url)
    host = parts.hostname or "127.0.0.1"
    return Target(host, parts.port or (443 if parts.scheme == "https" else 80), name=host, source=run.source)


def refuses_clear_text(run: DrillRun, target: Target) -> bool:
    """The port spoken to without TLS: refused, or sent on to https at most."""
    manner = knock(target)
    if manner == "no_port":
        raise Unreachable(f"{target.host}:{target.port} does not answer")
    return run.step(
        _("speak to {address} without TLS"), expected="refused",
        seen="accepted" if manner == "served" else "refused", ok=manner != "served", address=_address(target),
    )  # fmt: skip


def offers_sound_tls(run: DrillRun, target: Target, authority_pem: str = "") -> bool:
    """Old versions and suites that protect nothing are offered and refused; the certificate holds."""
    try:
        with trusting(authority_pem or authority()) as trusted:
            tls = look(target, trusted)
    except Unreachable:
        tls = TlsSeen(False)  # it answered before, but not to TLS
    found = weaknesses(EndpointSeen(tls, "refused"))
    sound = run.step(
        _("ask {address} for old versions and suites that protect nothing"), expected="refused",
        seen="accepted" if found or not tls.speaks else "refused", ok=tls.speaks and not found, address=_address(target),
    )  # fmt: skip
    holds = tls.speaks and not tls.distrust
    held = run.step(
        _("certificate of {address}: chain, name and dates"), expected="holds",
        seen="holds" if holds else "does not hold", ok=holds, address=_address(target),
    )  # fmt: skip
    return sound and held


def _address(target: Target) -> str:
    return f"{target.host}:{target.port}"
