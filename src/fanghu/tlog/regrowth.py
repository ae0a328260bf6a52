"""A log's tree, grown anew from what its entries hash to: its roots at given sizes, and every tile on the way."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Protocol

from fanghu.tlog import merkle
from fanghu.tlog.tiles import WIDTH


class Filled(Protocol):
    """Told of each tile as it is filled."""

    def __call__(self, level: int, index: int, hashes: list[bytes]) -> None:
        """``hashes`` are the 256 of the ``index``-th tile of ``level`` (1 and up)."""


class Regrowth:
    """A growing tree. ``roots`` holds the root at each wanted size that it has passed."""

    def __init__(self, filled: Filled) -> None:
        self.frontier = merkle.Frontier()
        self.wanted: set[int] = set()
        self.roots: dict[int, bytes] = {}
        self._levels: list[list[bytes]] = []
        self._filled: Callable[[int, int, list[bytes]], None] = filled

    @property
    def size(self) -> int:
        """Leaves so far, a multiple of 256."""
        return self.frontier.size

    def push(self, leaves: list[bytes]) -> None:
        """Add 256 leaves."""
        self.take_roots(leaves)
        self.push_node(merkle.fold(leaves))

    def push_node(self, node: bytes) -> None:
        """Add the root of 256 leaves."""
        self.frontier.push(node, 8)
        for level in range(1, 64):
            if len(self._levels) < level:
                self._levels.append([])
            hashes = self._levels[level - 1]
            hashes.append(node)
            if len(hashes) < WIDTH:
                return
            self._filled(level, (self.size >> 8 * level) // WIDTH - 1, hashes)
            node = merkle.fold(hashes)
            self._levels[level - 1] = []

    def take_roots(self, leaves: list[bytes]) -> None:
        """Roots wanted of trees that end among ``leaves``, which would follow."""
        start = self.size
        for size in self.wanted - self.roots.keys():
            if start <= size <= start + len(leaves):
                tree = self.frontier.copy()
                for leaf in leaves[: size - start]:
                    tree.push(leaf)
                self.roots[size] = tree.root()

    def unfinished(self) -> Iterator[tuple[int, int, list[bytes]]]:
        """Level, index and hashes of the last, partial tile of each level (no hashes where it is just full)."""
        for level, hashes in enumerate(self._levels, start=1):
            yield level, (self.size >> 8 * level) // WIDTH, hashes
