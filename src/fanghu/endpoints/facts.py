"""What addresses and flows of a system look like from outside; one instance is one system's."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class AuthenticationPaths:
    """Every declared address that authentication data pass (6.4), by ``host:port`` as the newest probe saw it.

    ``unencrypted``: no TLS there. ``clear_answers``: a port that serves, or takes authentication data, in the clear.
    ``weak``: offers TLS 1.1 or older, or a suite that protects nothing. ``untrusted``: chain, name or date does not hold.
    ``cookies``: cookies without Secure, HttpOnly or SameSite. ``without_hsts``: pages that do not bind browsers to https.
    """

    paths: int
    unencrypted: frozenset[str]
    clear_answers: frozenset[str]
    weak: frozenset[str]
    untrusted: frozenset[str]
    cookies: frozenset[str]
    without_hsts: frozenset[str]


@dataclass(frozen=True, slots=True)
class ErrorPages:
    """What users see when something goes wrong (7.6), as provoked from outside.

    ``leaking``, ``without_code`` and ``long`` name the error and, after a colon, what was wrong.
    """

    provoked: int
    leaking: frozenset[str]
    without_code: frozenset[str]
    long: frozenset[str]


@dataclass(frozen=True, slots=True)
class ProtectedFlows:
    """The declared flows of personal or sensitive data over a network (8.1), by name.

    ``clear``: not encrypted. ``weak``: by outdated TLS or to a server that cannot be trusted. ``unprobed``: said to be
    encrypted, but no probed address shows it. ``records_until``: the last moment that flow records from outside cover
    (None: there are none); ``undeclared``: flows seen in them that nobody declared.
    """

    flows: int
    clear: frozenset[str]
    weak: frozenset[str]
    unprobed: frozenset[str]
    records_until: datetime | None
    undeclared: frozenset[str]
