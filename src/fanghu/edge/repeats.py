"""Requests that name no batch, known again by what they hold: for senders that send the same bytes after a lost answer; pure.

Such a request is a batch of the client ``=<SHA-256 of its bytes, cut to 128 bits>``, a name that no sender can give itself, and
its number is when it came, in seconds since 1970. So the log itself says what was taken and when.
"""

from __future__ import annotations

from collections import OrderedDict
from hashlib import sha256

import msgspec

MARK = "="
SECONDS = 3_600
"""So long a request is known again; exporters give up after minutes."""
MOST_OF_ONE, MOST = 8_192, 20_000
"""Requests of one source, and of all: past it the oldest of the source that has most is forgotten."""


class Once(msgspec.Struct, array_like=True, frozen=True):
    """One request that was taken: when, and where its entries lie."""

    at: int
    first: int
    count: int
    verbatim: int


Known = dict[str, dict[str, Once]]


def name_of(body: bytes) -> str:
    """The client of a request that holds ``body``."""
    return MARK + sha256(body).hexdigest()[:32]


class Repeats:
    """The newest requests of each source by their names, oldest first."""

    def __init__(self, known: Known | None = None) -> None:
        self._known = {source: OrderedDict(taken) for source, taken in (known or {}).items()}
        self._size = sum(map(len, self._known.values()))

    def look(self, source: str, name: str, now: int) -> Once | None:
        """The request as it was taken not long before ``now``; None when it is new."""
        mine = self._known.get(source)
        once = mine.get(name) if mine else None
        return once if once is not None and now - once.at <= SECONDS else None

    def keep(self, source: str, name: str, once: Once) -> None:
        """Remember a request that is durable now."""
        mine = self._known.setdefault(source, OrderedDict())
        self._size += name not in mine
        mine[name] = once
        mine.move_to_end(name)
        while len(mine) > MOST_OF_ONE or once.at - next(iter(mine.values())).at > SECONDS:
            self._forget(mine)
        while self._size > MOST:
            self._forget(max(self._known.values(), key=len))

    def saved(self) -> Known:
        """All of it."""
        return {source: dict(mine) for source, mine in self._known.items()}

    def _forget(self, mine: OrderedDict[str, Once]) -> None:
        mine.popitem(last=False)
        self._size -= 1
