"""Pure decisions over what a probe saw: what is weak, what is wrong with cookies and pages, when to probe again."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from fanghu.probes.endpoint import EndpointSeen
from fanghu.probes.error_pages import LONGEST, ErrorSeen
from fanghu.probes.suites import is_broken

EVERY = timedelta(hours=20)
RETRY = timedelta(minutes=2)
LATE_RETRY = timedelta(hours=1)
PATIENCE = timedelta(minutes=30)
"""How long an address that does not answer is tried often, counted from its declaration."""


def is_encrypted(seen: EndpointSeen) -> bool:
    """Whether the address speaks TLS."""
    return seen.tls.speaks


def clear_answers(seen: EndpointSeen) -> bool:
    """Whether the port, or the clear port beside it, serves without TLS."""
    return "served" in (seen.clear, seen.clear_beside)


def weaknesses(seen: EndpointSeen) -> frozenset[str]:
    """Withdrawn versions and suites that protect nothing."""
    return seen.tls.old_versions | frozenset(suite for suite in seen.tls.suites if is_broken(suite))


def poor_cookies(seen: EndpointSeen) -> frozenset[str]:
    """Cookies that lack a flag, as ``name: flags``."""
    return frozenset(f"{cookie.name}: {', '.join(cookie.lacks)}" for cookie in seen.cookies if cookie.lacks)


def leaking(errors: Iterable[ErrorSeen]) -> frozenset[str]:
    """Errors that give detail away, as ``kind: what``."""
    return frozenset(f"{error.kind}: {', '.join(error.leaks)}" for error in errors if error.leaks)


def without_code(errors: Iterable[ErrorSeen]) -> frozenset[str]:
    """Errors whose page shows no code; a request that was not refused is no error."""
    return frozenset(error.kind for error in errors if error.status >= 400 and not error.code)


def long(errors: Iterable[ErrorSeen]) -> frozenset[str]:
    """Errors whose page is longer than a short sentence with its surroundings."""
    return frozenset(
        f"{error.kind}: {error.length}" for error in errors if error.status >= 400 and error.length > LONGEST
    )


def is_due(
    now: datetime, changed_at: datetime, asked_at: datetime | None, probed_at: datetime | None, reached: bool
) -> bool:
    """Whether to probe now: never probed, changed or asked for since, a day old, or silent last time."""
    if probed_at is None or probed_at > now or changed_at > probed_at:
        return True
    if asked_at is not None and asked_at > probed_at:
        return True
    if reached:
        return probed_at + EVERY <= now
    return probed_at + (RETRY if now < changed_at + PATIENCE else LATE_RETRY) <= now
