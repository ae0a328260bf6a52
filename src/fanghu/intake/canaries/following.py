"""Sends canaries until each is sealed or the time is up, and says of each whether it came as it was sent."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from fanghu.intake.canaries.sending import Canary, Sender
from fanghu.intake.canaries.tracing import Sealed, Trail

PLAN_READ = 2.5
"""Seconds until an intake that runs has read the plan anew."""
SEALED_WITHIN, LOOKS, AGAIN_AFTER = 30.0, 120, 12
"""Seconds and looks until a record must be sealed; looks after which one that may be lost is sent again."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a record may take to be sealed, how often it is looked for, and how waiting is done."""

    seconds: float = SEALED_WITHIN
    looks: int = LOOKS
    pause: Callable[[float], object] = time.sleep
    monotonic: Callable[[], float] = time.monotonic


def follow(
    sender: Sender, trail: Trail, canaries: dict[str, Canary], patience: Patience, clock: Callable[[], datetime]
) -> dict[str, Sealed]:
    """Send each, again where nobody took it or it may be lost, until every one is sealed or the time is up."""
    sealed: dict[str, Sealed] = {}
    began = patience.monotonic()
    for look in range(patience.looks):
        for canary in canaries.values():
            if canary.way not in sealed and canary.is_due and (canary.status != 200 or not look % AGAIN_AFTER):
                sender.send(canary)
        waiting = [canary for canary in canaries.values() if canary.way not in sealed]
        for canary, found in trail.look(waiting, clock()):
            sealed.setdefault(canary.way, found)
        if len(sealed) == len(canaries) or patience.monotonic() - began > patience.seconds:
            break
        patience.pause(patience.seconds / patience.looks)
    return sealed


def how_sealed(canary: Canary, sealed: Sealed | None) -> tuple[bool, str, dict[str, str | int]]:
    """Whether it held, the words, and what fills them."""
    if sealed is None:
        if canary.promised is not None:
            return False, "acknowledged as entry {promised}, and not there", {"promised": canary.promised}
        if canary.status == 200:
            return False, "sent, and never sealed", {}
        return (False, "refused: {status}", {"status": canary.status}) if canary.status else (False, "no answer", {})
    if canary.promised not in (None, sealed.index):
        told = {"promised": int(canary.promised or 0), "entry": sealed.index}
        return False, "acknowledged as entry {promised}, and sealed as {entry}", {**told}
    if not sealed.unaltered:
        return False, "not the bytes that were sent", {}
    if not sealed.proved:
        return False, "not proved", {}
    under_way = max(0.0, (sealed.at - (canary.taken_at or sealed.at)).total_seconds())
    return True, "sealed as entry {entry} after {seconds} s", {"entry": sealed.index, "seconds": f"{under_way:.1f}"}


def how_found(index: int, digest: str, reach: int, found: tuple[str, bool] | None) -> tuple[bool, str]:
    """Whether a search found the entry with these bytes, and the words; ``reach``: how far the search index goes."""
    if index >= reach:
        return False, "not in the index"
    if found is None:
        return False, "not found"
    if found[0] != digest:
        return False, "not the bytes that were sent"
    return (True, "found as entry {entry}") if found[1] else (False, "not proved")
