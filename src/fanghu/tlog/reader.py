"""Reading a log folder while another process may be writing to it; signatures are checked only when keys are given."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from fanghu.tlog import frames, merkle, pruning
from fanghu.tlog.bundle import Bundle
from fanghu.tlog.checkpoint import Checkpoint
from fanghu.tlog.damage import LogDamaged, LogMissing, LogPruned
from fanghu.tlog.entry import Entry
from fanghu.tlog.loops import loops
from fanghu.tlog.note import Verifier
from fanghu.tlog.recovery import block_ends, read_block, read_tile
from fanghu.tlog.tiles import HASH, WIDTH, Tile


class LogReader:
    """One log folder, for reading. Every call sees the folder as it then is; indexes count from 0."""

    def __init__(self, folder: Path, *, keys: Sequence[Verifier] = ()) -> None:
        self._folder = folder
        self._keys = keys
        self._ends: dict[int, list[int]] = {}
        self._block = (-1, Bundle())

    def checkpoint(self) -> Checkpoint:
        """The standing checkpoint; LogMissing when there is none, BadNote when it is malformed or (keys given) unsigned."""
        try:
            data = (self._folder / "checkpoint").read_bytes()
        except (FileNotFoundError, NotADirectoryError) as error:
            raise LogMissing(str(self._folder)) from error
        return Checkpoint.verified(data, self._keys) if self._keys else Checkpoint.parse(data)

    @property
    def size(self) -> int:
        """How many entries are sealed."""
        return self.checkpoint().size

    @property
    def first(self) -> int:
        """The first entry that the log still holds: 0 unless it was pruned."""
        return pruning.standing(self._folder).first

    def entries(self, start: int | None = None, stop: int | None = None) -> Iterator[tuple[int, Entry]]:
        """Sealed entries of [start, stop) with their indexes, in order; from the first there is to the size sealed now.

        LogPruned when ``start`` is given and lies before the first that the log still holds.
        """
        for first, some in self.runs(start, stop):
            for index, data in enumerate(some, first):
                yield index, Entry(data)

    def runs(self, start: int | None = None, stop: int | None = None) -> Iterator[tuple[int, Bundle]]:
        """The same bundled, as many at once as lie together: the first one's index, and they."""
        first = self.first
        start = first if start is None else start
        size = self.checkpoint().size  # before the tail: what it covers stays readable whatever a seal does next
        stop = size if stop is None else min(stop, size)
        if start < 0:
            raise ValueError("indexes count from 0")
        if start >= stop:
            return
        if start < first:
            raise LogPruned(first)
        tail = self._tail()
        at = start
        while at < min(stop, tail.first):
            first = at - at % WIDTH
            block = self._read_block(first)
            end = min(stop, first + WIDTH)
            yield at, block.part(at - first, end - first)
            at = end
        if stop > tail.size:
            raise _damaged(tail.size)
        if at < stop:
            yield at, Bundle.of(tail.entries[at - tail.first : stop - tail.first])

    def entry(self, index: int) -> Entry:
        """One sealed entry; IndexError when it is not sealed yet."""
        for _, found in self.entries(index, index + 1):
            return found
        raise IndexError(index)

    def tail(self) -> list[tuple[int, Entry]]:
        """Entries that are durable and not sealed yet; a torn append at the end is not among them."""
        size = self.checkpoint().size
        tail = self._tail()
        return [(index, Entry(tail.entries[index - tail.first])) for index in range(max(size, tail.first), tail.size)]

    def tile(self, tile: Tile) -> bytes:
        """The hashes of any tile, level 0 included (derived from the entries), as tlog-tiles serves them."""
        if tile.level:
            return read_tile(self._folder, tile)
        return self._leaves(tile.index * WIDTH)[: tile.width * HASH]

    def inclusion_proof(self, index: int, size: int | None = None) -> list[bytes]:
        """RFC 6962 audit path of entry ``index`` in the tree of ``size`` (default: as sealed); ValueError outside."""
        size = self._within(size)
        return merkle.inclusion_proof(index, size, self.subtree)

    def consistency_proof(self, old: int, new: int | None = None) -> list[bytes]:
        """RFC 6962 proof that the tree of ``new`` entries (default: as sealed) extends that of ``old``."""
        new = self._within(new)
        return merkle.consistency_proof(old, new, self.subtree)

    def root(self, size: int) -> bytes:
        """Root of the first ``size`` entries, at most those sealed."""
        size = self._within(size)
        return self.subtree(0, size) if size else merkle.EMPTY_ROOT

    def subtree(self, lo: int, hi: int) -> bytes:
        """Root of the leaves [lo, hi); ``lo`` is a multiple of the least power of two >= hi - lo."""
        width = hi - lo
        if width & (width - 1):
            middle = lo + merkle.split(width)
            return merkle.node_hash(self.subtree(lo, middle), self.subtree(middle, hi))
        level, height = divmod(width.bit_length() - 1, 8)
        count = 1 << height
        start = lo >> 8 * level
        if level == 0:
            part = self._leaves(lo - lo % WIDTH)[lo % WIDTH * HASH :][: count * HASH]
            if len(part) < count * HASH:
                raise _damaged(lo + len(part) // HASH)
            return loops().fold(part)
        offset = start % WIDTH
        data = read_tile(self._folder, Tile(level, start // WIDTH, offset + count))
        return loops().fold(data[offset * HASH : (offset + count) * HASH])

    def _within(self, size: int | None) -> int:
        sealed = self.checkpoint().size
        if size is None:
            return sealed
        if not 0 <= size <= sealed:
            raise ValueError("only sealed entries can be proved")
        return size

    def _leaves(self, first: int) -> bytes:
        """Leaf hashes from ``first`` (a multiple of 256) on: 256, or as many as there are; LogPruned when they are gone."""
        tail = self._tail()
        if first < tail.first:
            return self._read_block(first).leaves()
        at = first - tail.first
        return Bundle.of(tail.entries[at : at + WIDTH]).leaves()

    def _tail(self) -> frames.Tail:
        try:
            tail = frames.parse_tail((self._folder / "frames" / "tail").read_bytes())
        except FileNotFoundError:
            tail = None
        if tail is None:
            raise _damaged(0)
        return tail

    def _read_block(self, first: int) -> Bundle:
        """The 256 entries of the block at ``first``."""
        held = self._block
        if held[0] == first:
            return held[1]
        begins = first - first % frames.SEGMENT
        path = self._folder / "frames" / frames.segment_name(begins)
        number = (first - begins) // WIDTH
        known = begins in self._ends
        try:
            if number >= len(self._ends.get(begins, ())):
                self._ends[begins] = list(block_ends(path, frames.SEGMENT // WIDTH))
            ends = self._ends[begins]
            if number >= len(ends):
                raise _damaged(first)
            block = read_block(path, ends, first)
        except FileNotFoundError as error:
            if first < self.first:
                raise LogPruned(self.first) from error
            raise _damaged(first) from error
        if block is None:
            if not known:
                raise _damaged(first)
            # a writer that recovered may have packed this block again, at another length
            self._ends.pop(begins, None)
            return self._read_block(first)
        self._block = (first, block)
        return block


def extends(reader: LogReader, kept: Checkpoint) -> bool:
    """Whether the log as sealed extends a checkpoint somebody kept (its signature is the caller's to check)."""
    now = reader.checkpoint()
    if kept.origin != now.origin or kept.size > now.size:
        return False
    return reader.root(kept.size) == kept.root


def provable_root(folder: Path, size: int, now: Checkpoint) -> bytes:
    """Root of the first ``size`` entries by the folder's hash tiles, shown to be part of ``now``; LogDamaged otherwise."""
    reader = LogReader(folder)
    root = reader.subtree(0, size)
    proof = merkle.consistency_proof(size, now.size, reader.subtree)
    if not merkle.consistency_holds(size, now.size, root, now.root, proof):
        raise LogDamaged(
            "The log's hash tiles are not those its checkpoint signs; nothing was let go. Verify the log.",
            "日誌的雜湊磚與檢查點所簽署者不符；未刪除任何項目。請驗證日誌。",
        )
    return root


def _damaged(index: int) -> LogDamaged:
    return LogDamaged(
        f"The log cannot be read from entry {index} on; verify it and restore a copy.",
        f"日誌自第 {index} 筆起無法讀取；請驗證並自備份還原。",
    )
