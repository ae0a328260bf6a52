"""Who may send: tokens and certificates held against the plan, and strangers counted."""

from __future__ import annotations

import hmac
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import sha256

from fanghu.edge import refusals
from fanghu.edge.plan_watch import PlanWatch
from fanghu.intake.plan import Plan, Source

__all__ = ["MOST_PEERS", "PlanWatch", "Strangers", "source_of"]

MOST_PEERS = 256
"""Strangers counted apart in one minute; the others are counted together."""


def source_of(plan: Plan, authorization: str, certificate: bytes | None, way: str) -> Source:
    """Whose token or certificate it is; Refused FH-IN-01 for nobody's, FH-IN-15 when that way is closed to the source.

    Every token of the plan is compared, in the same time.
    """
    kind, _, token = authorization.partition(" ")
    digest = (
        sha256(token.strip().encode("latin-1", "replace")).hexdigest() if kind.lower() == "bearer" and token else ""
    )
    mark = sha256(certificate).hexdigest() if certificate else ""
    found = None
    for source in plan.sources:
        tokens = [hmac.compare_digest(digest, known) for known in source.tokens] if digest else []
        if any(tokens) or (mark and mark in source.certificates):
            found = found or source
    if found is None:
        raise refusals.stranger()
    if way not in found.ways:
        raise refusals.closed_way()
    return found


@dataclass(slots=True)
class Strangers:
    """Who was refused, by address: the first time is told at once, the rest of the minute as one number."""

    _counts: Counter[str] = field(default_factory=Counter)

    def came(self, peer: str) -> bool:
        """Count one; whether it is this minute's first from there."""
        if peer not in self._counts and len(self._counts) >= MOST_PEERS:
            peer = ""
        self._counts[peer] += 1
        return self._counts[peer] == 1

    def minute(self) -> Iterator[tuple[str, int]]:
        """The addresses that came more than once in the minute that ended, with how often after the first."""
        counts, self._counts = self._counts, Counter()
        for peer, times in counts.items():
            if times > 1:
                yield peer, times - 1
