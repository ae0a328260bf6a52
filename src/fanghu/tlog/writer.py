"""The single sequencer of one log: group commit, sealing, and opening again after a crash.

Order of a seal, each step safe to die after: blocks, tiles, checkpoint (from here the entries are sealed), a shorter
tail, removal of outgrown partial tiles. Blocks past the tail's first entry are always redundant until the tail moves.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from fanghu.tlog import frames, merkle
from fanghu.tlog.checkpoint import Checkpoint
from fanghu.tlog.damage import BadEntry, LogBusy, LogRefuses
from fanghu.tlog.entry import well_formed
from fanghu.tlog.files import Files
from fanghu.tlog.layout import close_quietly, lay_out, put, reason
from fanghu.tlog.note import Signer
from fanghu.tlog.recovery import Recovered, recover
from fanghu.tlog.tiles import WIDTH, Tile

LARGEST_BATCH = 1 << 28
"""Bytes one append may hold."""


class LogWriter:
    """Appends to and seals one log folder; holds its lock until closed. Not for several threads at once."""

    def __init__(self, folder: Path, signer: Signer, lock: int, scratch: Path, files: Files) -> None:
        self._folder, self._signer, self._lock, self._scratch, self._files = folder, signer, lock, scratch, files
        self._refusal = ""
        self._tail_file = -1
        found = recover(folder, signer.verifier)
        self.recovered = found.cut
        """Bytes of a torn, never acknowledged append that opening cut off."""
        self._checkpoint = found.checkpoint
        self._first, self._salt, self._entries = found.tail.first, found.tail.salt, found.tail.entries
        self._levels, self._frontier, self._leaves = found.levels, found.frontier, found.leaves
        try:
            if found.stale:
                self._trim_segments(found)
            if found.cut or found.tail.size > found.checkpoint.size:
                # rewritten, not trusted: after a failed fdatasync a cache may show what the disk never got
                self._put_tail()
            self._tail_file = files.open(folder / "frames" / "tail")
            self._tail_length = os.fstat(self._tail_file).st_size
        except OSError as error:
            self.close()
            raise LogRefuses(reason(error)) from error

    @classmethod
    def open(
        cls, folder: Path, *, origin: str, signer: Signer, lock_path: Path, create: bool, files: Files | None = None
    ) -> LogWriter:
        """Take the lock, recover, and be ready to append.

        ``lock_path`` lies outside ``folder`` on the same file system; new files are written beside it first.
        Raises LogBusy, LogMissing (no log and not ``create``), LogDamaged, LogRefuses; ValueError for misuse.
        """
        if origin != signer.name:
            raise ValueError("the key carries the log's origin as its name, so that a pinned key pins one log")
        if folder.resolve() in lock_path.resolve().parents:
            raise ValueError("the lock lies outside the log's folder")
        files = files or Files()
        lock = os.open(lock_path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        scratch = lock_path.with_name(lock_path.name + ".new")
        try:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise LogBusy from error
            scratch.unlink(missing_ok=True)
            if create:
                lay_out(folder, signer, scratch, files)
            return cls(folder, signer, lock, scratch, files)
        except BaseException:
            close_quietly(lock)
            raise

    @property
    def size(self) -> int:
        """Entries accepted so far, sealed or not; the next index."""
        return self._first + len(self._entries)

    @property
    def checkpoint(self) -> Checkpoint:
        """The last checkpoint sealed."""
        return self._checkpoint

    def append(self, entries: Sequence[bytes]) -> range:
        """Make ``entries`` durable, all or none, and return their indexes.

        BadEntry (nothing written) when one is not in the format; LogRefuses when the disk failed: none was accepted.
        """
        self._ready()
        for entry in entries:
            if not well_formed(entry):
                raise BadEntry(
                    "An entry is not of format version 1 or exceeds 65,535 bytes; encode it with fanghu.tlog.entry.",
                    "項目並非第 1 版格式或超過 65,535 位元組；請以 fanghu.tlog.entry 編碼。",
                )
        first = self.size
        if not entries:
            return range(first, first)
        batch = frames.pack_batch(first, entries, self._salt)
        if len(batch) > LARGEST_BATCH or self._tail_length + len(batch) > frames.LARGEST_TAIL:
            raise ValueError("append at most 256 MiB at a time, and seal before 2 GiB are waiting")
        try:
            self._files.write(self._tail_file, batch)
            self._files.sync(self._tail_file)
        except BaseException as error:
            self._refuse(error)
            if isinstance(error, OSError):
                self._cut_tail()
                raise LogRefuses(reason(error)) from error
            raise
        self._tail_length += len(batch)
        self._entries += entries
        return range(first, self.size)

    def seal(self, now: datetime) -> Checkpoint:
        """Sign a checkpoint over everything appended; ``now`` (aware) is stated in it. LogRefuses when the disk failed.

        With nothing new the standing checkpoint is returned. Sealing again after any failure and reopening is safe.
        """
        self._ready()
        try:
            self._leaves += merkle.leaf_hashes(self._entries[len(self._leaves) :])
            outgrown = self._pack()
            if self.size > self._checkpoint.size:
                tree = self._frontier.copy()
                for leaf in self._leaves[self._frontier.size - self._first :]:
                    tree.push(leaf)
                checkpoint = Checkpoint(self._signer.name, tree.size, tree.root()).signed(self._signer, now)
                self._put(self._folder / "checkpoint", checkpoint.note)
                self._files.sync_folder(self._folder)
                self._checkpoint = checkpoint
            if self._frontier.size > self._first:
                self._rotate()
            for folder, keep in outgrown.items():
                self._drop_partials(folder, keep)
        except BaseException as error:
            self._refuse(error)
            if isinstance(error, OSError):
                raise LogRefuses(reason(error)) from error
            raise
        return self._checkpoint

    def close(self) -> None:
        """Give up the lock; the writer refuses everything afterwards."""
        self._refusal = self._refusal or "closed"
        for descriptor in (self._tail_file, self._lock):
            if descriptor >= 0:
                close_quietly(descriptor)
        self._tail_file = self._lock = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def _ready(self) -> None:
        if self._refusal:
            raise LogRefuses(self._refusal)

    def _refuse(self, error: BaseException) -> None:
        self._refusal = reason(error)

    def _cut_tail(self) -> None:
        """Take back a batch nobody was told of; if that fails too, opening again does it."""
        try:
            self._files.truncate(self._tail_file, self._tail_length)
        except OSError:
            return

    def _trim_segments(self, found: Recovered) -> None:
        """Remove blocks whose entries the tail still holds: a seal died before moving the tail."""
        for path, length in found.stale:
            if length == 0:
                self._files.unlink(path)
                continue
            descriptor = self._files.open(path)
            try:
                self._files.truncate(descriptor, length)
                self._files.sync(descriptor)
            finally:
                self._files.close(descriptor)
        self._files.sync_folder(self._folder / "frames")

    def _pack(self) -> dict[Path, str]:
        """Write every full block and the tiles above it; returns folders of partial tiles and the name to keep."""
        start, stop = self._frontier.size, self.size - self.size % WIDTH
        if start == stop:
            return {}
        at = start
        while at < stop:
            end = min(stop, at - at % frames.SEGMENT + frames.SEGMENT)
            self._append_blocks(at, end)
            at = end
        outgrown: dict[Path, str] = {}
        folders: set[Path] = set()
        full: list[tuple[Tile, bytes]] = []
        for first in range(start, stop, WIDTH):
            offset = first - self._first
            node = merkle.fold(self._leaves[offset : offset + WIDTH])
            self._frontier.push(node, 8)
            self._grow(node, full)
        for tile, data in full:
            folders |= self._put_tile(tile, data)
            outgrown[self._partials_of(tile)] = ""
        for level, hashes in enumerate(self._levels, start=1):
            if hashes:
                tile = Tile(level, (self._frontier.size >> 8 * level) // WIDTH, len(hashes))
                folders |= self._put_tile(tile, b"".join(hashes))
                outgrown[self._partials_of(tile)] = str(tile.width)
        for folder in sorted(folders, reverse=True):
            self._files.sync_folder(folder)
        return outgrown

    def _grow(self, node: bytes, full: list[tuple[Tile, bytes]]) -> None:
        """Add one level-1 hash; tiles that it fills go to ``full``."""
        for level in range(1, 64):
            if len(self._levels) < level:
                self._levels.append([])
            hashes = self._levels[level - 1]
            hashes.append(node)
            if len(hashes) < WIDTH:
                return
            full.append((Tile(level, (self._frontier.size >> 8 * level) // WIDTH - 1), b"".join(hashes)))
            node = merkle.fold(hashes)
            hashes.clear()

    def _append_blocks(self, start: int, stop: int) -> None:
        """Append the blocks of entries [start, stop), which lie in one segment, and make them durable."""
        folder = self._folder / "frames"
        path = folder / frames.segment_name(start - start % frames.SEGMENT)
        new = not path.exists()
        descriptor = self._files.open(path, create=True)
        try:
            blocks = []
            for first in range(start, stop, WIDTH):
                offset = first - self._first
                blocks.append(frames.pack_block(first, self._entries[offset : offset + WIDTH]))
            self._files.write(descriptor, b"".join(blocks))
            self._files.sync(descriptor)
        finally:
            self._files.close(descriptor)
        if new:
            self._files.sync_folder(folder)

    def _partials_of(self, tile: Tile) -> Path:
        return self._folder / (Tile(tile.level, tile.index).path + ".p")

    def _put_tile(self, tile: Tile, data: bytes) -> set[Path]:
        """Write one tile; the folders whose names changed."""
        path = self._folder / tile.path
        missing = [p for p in path.parents if p != self._folder and self._folder in p.parents and not p.exists()]
        for parent in reversed(missing):
            self._files.mkdir(parent)
        self._put(path, data)
        return {path.parent, *(p.parent for p in missing)}

    def _put(self, path: Path, data: bytes) -> None:
        put(path, data, self._scratch, self._files)

    def _put_tail(self) -> None:
        """Write the tail anew: the same entries, none of a torn batch."""
        self._salt = self._files.salt()
        data = frames.tail_head(self._first, self._salt)
        if self._entries:
            data += frames.pack_batch(self._first, self._entries, self._salt)
        self._put(self._folder / "frames" / "tail", data)
        self._files.sync_folder(self._folder / "frames")

    def _rotate(self) -> None:
        """Begin a tail without the entries that blocks now hold."""
        packed = self._frontier.size - self._first
        self._first += packed
        self._entries = self._entries[packed:]
        self._leaves = self._leaves[packed:]
        self._put_tail()
        old, self._tail_file = self._tail_file, -1
        self._files.close(old)
        self._tail_file = self._files.open(self._folder / "frames" / "tail")
        self._tail_length = os.fstat(self._tail_file).st_size

    def _drop_partials(self, folder: Path, keep: str) -> None:
        """Remove outgrown partial tiles of one tile."""
        if not folder.is_dir():
            return
        for path in folder.iterdir():
            if path.name != keep:
                self._files.unlink(path)
        if not keep:
            self._files.rmdir(folder)
