"""What a seal needs of entries that wait for it, begun while more is appended: their hashes, and full blocks compressed."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from fanghu.tlog import frames
from fanghu.tlog.bundle import Held
from fanghu.tlog.tiles import WIDTH

T = TypeVar("T")
ASIDE = 8
"""Blocks from which threads of their own pay; neither compressing nor hashing keeps Python's other threads from running."""


class Ahead:
    """For one log: entries before ``blocked`` lie in blocks, those before ``hashed`` need no hash any more."""

    def __init__(self, blocked: int, hashed: int) -> None:
        self._blocked, self._hashed = blocked, hashed
        self._blocks: list[Callable[[], list[bytes]]] = []
        self._leaves: list[Callable[[], bytes]] = []
        self._pool: ThreadPoolExecutor | None = None

    def go_on(self, first: int, held: Held) -> None:
        """Begin with what came to ``held``, whose first entry has index ``first``, where that pays."""
        if (first + len(held)) // WIDTH * WIDTH - self._blocked >= ASIDE * WIDTH:
            self._begin(first, held, aside=True)

    def done(self, first: int, held: Held) -> tuple[bytes, list[bytes]]:
        """The leaf hashes (32 bytes each) and the full blocks that are new since the last time; whatever failed is raised."""
        self._begin(first, held, aside=False)
        leaves, blocks, self._leaves, self._blocks = self._leaves, self._blocks, [], []
        return b"".join([part() for part in leaves]), [block for some in blocks for block in some()]

    def _begin(self, first: int, held: Held, *, aside: bool) -> None:
        start, stop = self._blocked, (first + len(held)) // WIDTH * WIDTH
        parts = [*held.parts(self._hashed - first, len(held))]
        if stop > start:
            raws = held.blocks(start - first, stop - first, WIDTH)
            self._blocks.append(self._work(lambda: frames.pack_blocks(start, raws), aside=aside))
            self._blocked = stop
        self._leaves.append(self._work(lambda: b"".join([part.leaves() for part in parts]), aside=aside))
        self._hashed = first + len(held)

    def _work(self, work: Callable[[], T], *, aside: bool) -> Callable[[], T]:
        """Call for what the work yields; ``aside`` a thread does it from now on."""
        if not aside:
            return work
        if self._pool is None:
            self._pool = ThreadPoolExecutor(2, thread_name_prefix="log-ahead")
        return self._pool.submit(work).result

    def close(self) -> None:
        """Let go of the threads."""
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)
