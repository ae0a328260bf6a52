"""What a seal needs of entries that wait for it, begun while more is appended: full blocks compressed, and the hashes."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple, TypeVar

from fanghu.tlog import frames
from fanghu.tlog.bundle import Held, cut
from fanghu.tlog.loops import loops
from fanghu.tlog.tiles import HASH, WIDTH

T = TypeVar("T")
ASIDE = 8
"""Blocks from which threads of their own pay; neither compressing nor hashing keeps Python's other threads from running."""


class Hashes(NamedTuple):
    """The level-1 hash of each full block, and the leaf hashes (32 bytes each) of the entries after them."""

    nodes: list[bytes]
    rest: bytes


class Ahead:
    """For one log: entries before ``blocked`` lie in blocks; ``leaves`` are the hashes after it that are known already."""

    def __init__(self, blocked: int, leaves: bytes) -> None:
        self._blocked, self._hashed = blocked, blocked + len(leaves) // HASH
        self._blocks: list[Callable[[], list[bytes]]] = []
        self._hashes: list[Callable[[], Hashes]] = []
        self._rest: Callable[[], bytes] = lambda: leaves
        self._pool: ThreadPoolExecutor | None = None

    def go_on(self, first: int, held: Held) -> None:
        """Begin with what came to ``held``, whose first entry has index ``first``, where that pays."""
        if (first + len(held)) // WIDTH * WIDTH - self._blocked >= ASIDE * WIDTH:
            self._begin(first, held, aside=True)

    def done(self, first: int, held: Held) -> tuple[list[bytes], Hashes]:
        """The full blocks that are new since the last time, and the hashes; whatever failed is raised."""
        self._begin(first, held, aside=False)
        blocks, hashes, self._blocks, self._hashes = self._blocks, self._hashes, [], []
        nodes = [node for some in hashes for node in some().nodes]
        return [block for some in blocks for block in some()], Hashes(nodes, self._rest())

    def _begin(self, first: int, held: Held, *, aside: bool) -> None:
        start, stop = self._blocked, (first + len(held)) // WIDTH * WIDTH
        whole, fresh = [*held.parts(start - first, stop - first)], [*held.parts(self._hashed - first, len(held))]
        before, fold = self._rest, loops().fold

        def hashed() -> Hashes:
            leaves, end, step = (
                before() + b"".join([part.leaves() for part in fresh]),
                (stop - start) * HASH,
                WIDTH * HASH,
            )
            return Hashes([fold(leaves[at : at + step]) for at in range(0, end, step)], leaves[end:])

        hashes = self._work(hashed, aside=aside)
        self._hashes.append(hashes)
        self._rest = lambda: hashes().rest
        self._blocks.append(self._work(lambda: frames.pack_blocks(start, cut(whole, WIDTH)), aside=aside))
        self._blocked, self._hashed = stop, first + len(held)

    def _work(self, work: Callable[[], T], *, aside: bool) -> Callable[[], T]:
        """Call for what the work yields; ``aside`` a thread does it from now on, else it is done already."""
        if not aside:
            found = work()
            return lambda: found
        if self._pool is None:
            self._pool = ThreadPoolExecutor(2, thread_name_prefix="log-ahead")
        return self._pool.submit(work).result

    def close(self) -> None:
        """Let go of the threads."""
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)
