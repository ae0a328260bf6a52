"""The single sequencer of one log: group commit, sealing, and opening again after a crash.

Order of a seal, each step safe to die after: blocks, tiles, checkpoint (from here the entries are sealed), a shorter
tail, removal of outgrown partial tiles. Blocks past the tail's first entry are always redundant until the tail moves.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from fanghu.tlog import frames, pruning, rotation
from fanghu.tlog.ahead import Ahead
from fanghu.tlog.bundle import Bundle, Held, bad_shape
from fanghu.tlog.checkpoint import Checkpoint
from fanghu.tlog.damage import LogBusy, LogOvertaken, LogRefuses
from fanghu.tlog.entry import Small, well_formed
from fanghu.tlog.files import Files
from fanghu.tlog.layout import as_left, claim, close_quietly, lay_out, put, reason, trim
from fanghu.tlog.note import Signer, Verifier
from fanghu.tlog.packing import Packer
from fanghu.tlog.pruning import Pruned
from fanghu.tlog.reader import provable_root
from fanghu.tlog.recovery import recover

LARGEST_BATCH = 1 << 28  # bytes one append may hold


class LogWriter:
    """Appends to and seals one log folder; holds its lock until closed. Not for several threads at once."""

    def __init__(
        self, folder: Path, signer: Signer, lock: int, scratch: Path, files: Files, retired: Sequence[Verifier]
    ) -> None:
        self._folder, self._signer, self._lock, self._scratch, self._files = folder, signer, lock, scratch, files
        self._refusal, self._tail_file = "", -1
        self._beside: tuple[Signer, ...] = ()
        self._claim = claim(folder)
        try:
            found = recover(folder, signer.verifier, retired)
        except BaseException:
            close_quietly(self._claim)
            raise
        self.recovered = found.cut
        """Bytes of a torn, never acknowledged append that opening cut off."""
        self._checkpoint = found.checkpoint
        self._first, self._salt, self._held = found.tail.first, found.tail.salt, Held()
        self._held.add([Bundle.of(found.tail.entries)])
        self._durable = found.tail.size
        self._packer = Packer(folder, scratch, files, found.levels, found.frontier)
        self._ahead = Ahead(found.frontier.size, b"".join(found.leaves))
        self._pruned = found.pruned
        try:
            if found.stale:
                trim(folder / "frames", found.stale, files)
            if found.cut or found.tail.size > found.checkpoint.size:
                # rewritten, not trusted: after a failed fdatasync a cache may show what the disk never got
                self._put_tail()
            self._tail_file = files.open(folder / "frames" / "tail")
            self._tail_length = os.fstat(self._tail_file).st_size
        except BaseException as error:
            self._lock = -1  # whoever took it gives it back
            self.close()
            if isinstance(error, OSError):
                raise LogRefuses(reason(error)) from error
            raise

    @classmethod
    def open(
        cls,
        folder: Path,
        *,
        origin: str,
        signer: Signer,
        lock_path: Path,
        create: bool,
        files: Files | None = None,
        retired: Sequence[Verifier] = (),
    ) -> LogWriter:
        """Take the lock, recover, and be ready to append.

        ``lock_path`` lies outside ``folder`` on the same file system; new files are written beside it first.
        ``retired``: the other key of a rotation that may have been cut short; its lines may stand beside the signer's.
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
            return cls(folder, signer, lock, scratch, files, retired)
        except BaseException:
            close_quietly(lock)
            raise

    @property
    def size(self) -> int:
        """Entries accepted so far, sealed or not; the next index."""
        return self._durable

    @property
    def first(self) -> int:
        """The first entry that the log still holds."""
        return self._pruned.first

    @property
    def checkpoint(self) -> Checkpoint:
        """The last checkpoint sealed."""
        return self._checkpoint

    def append(self, entries: Sequence[bytes]) -> range:
        """Make ``entries`` durable, all or none, and return their indexes.

        BadEntry (nothing written) when one is not in the format; LogRefuses when the disk failed: none was accepted.
        """
        if not all(map(well_formed, entries)):
            raise bad_shape()
        return self.append_bundles([Bundle.of(entries)] if entries else [])

    def append_bundles(self, bundles: Sequence[Bundle]) -> range:
        """The same for entries that came bundled; each bundle holds at least one."""
        self._ready()
        self._hold()
        first = self.size
        if not bundles:
            return range(first, first)
        length = sum(map(len, batch := frames.pack_batch(first, bundles, self._salt)))
        if length > LARGEST_BATCH or self._tail_length + length > frames.LARGEST_TAIL:
            raise ValueError("append at most 256 MiB at a time, and seal before 2 GiB are waiting")
        try:
            self._held.add(bundles)
            self._ahead.go_on(self._first, self._held)
            self._files.write(self._tail_file, *batch)
            self._files.sync(self._tail_file)
        except BaseException as error:
            self._refuse(error)
            if isinstance(error, OSError):
                self._cut_tail()
                raise LogRefuses(reason(error)) from error
            raise
        self._tail_length += length
        self._durable = self._first + len(self._held)
        return range(first, self.size)

    def seal(self, now: datetime) -> Checkpoint:
        """Sign a checkpoint over everything appended; ``now`` (aware) is stated in it. LogRefuses when the disk failed.

        With nothing new the standing checkpoint is returned. Sealing again after any failure and reopening is safe.
        """
        self._ready()
        self._hold()
        with self._refusing():
            blocks, hashes = self._ahead.done(self._first, self._held)
            outgrown = self._packer.pack(blocks, hashes.nodes)
            alone = self._checkpoint.signed_only_by(self._signer.verifier)
            if self.size > self._checkpoint.size or self._beside or not alone:
                tree = self._packer.tree(hashes.rest)
                new = Checkpoint(self._signer.name, tree.size, tree.root())
                checkpoint = new.signed(self._signer, now, *self._beside)
                self._hold()
                put(self._folder / "checkpoint", checkpoint.note, self._scratch, self._files)
                self._files.sync_folder(self._folder)
                self._checkpoint = checkpoint
            if self._packer.frontier.size > self._first:
                self._rotate()
            self._packer.drop(outgrown)
        return self._checkpoint

    def rotate(self, new: Signer, now: datetime) -> bytes:
        """Go on under a ``new`` key of the same name: record it, seal under both keys, then under the new one alone.

        Returns the statement both signed, to be given to whoever pinned the old key. Until it returns the rotation is not
        done: open with the old key and ``retired`` the new, and rotate again; where that key no longer fits, it was done.
        """
        old, gone = self._signer, self._pruned
        if new.name != old.name or new.verifier == old.verifier:
            raise ValueError("the new key is another one and carries the log's origin as its name")
        index = self.size
        written = [rotation.record(old, new, index, now)]
        if gone.first:  # whoever trusts the new key alone finds what was let go signed by it
            gone = replace(gone, record=index + 1)
            written.append(pruning.record(new, gone, {"recorded_first": self._pruned.record}, now))
        self.append(written)
        self._beside = (new,)
        self.seal(now)
        self._let_go(gone)
        self._signer, self._beside = new, ()
        self.seal(now)
        return rotation.statement(old, new, index)

    def prune(self, before: int, decided: Mapping[str, Small], now: datetime) -> Pruned:
        """Let go of whole segments (65,536 entries) before entry ``before``; what is gone then, from the first entry on.

        A signed record of it, holding ``decided`` (who, why), is sealed first. Nothing happens when no further whole
        segment lies before ``before``. LogDamaged, and nothing gone, when the hash tiles of what would go are not right.
        """
        self.seal(now)
        first = min(before, self._first)
        first -= first % frames.SEGMENT
        if first <= self._pruned.first:
            return self._pruned
        root = provable_root(self._folder, first, self._checkpoint)
        gone = Pruned(first, self.size, root)
        self.append([pruning.record(self._signer, gone, {**decided, "count": first - self._pruned.first}, now)])
        self.seal(now)
        self._let_go(gone)
        return gone

    def close(self) -> None:
        """Give up the lock; the writer refuses everything afterwards."""
        self._refusal = self._refusal or "closed"
        self._ahead.close()
        for descriptor in (self._tail_file, self._claim, self._lock):
            if descriptor >= 0:
                close_quietly(descriptor)
        self._tail_file = self._claim = self._lock = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def _let_go(self, gone: Pruned) -> None:
        """Say in the folder what is gone, then remove it, oldest first; opening the log again finishes it."""
        if gone == self._pruned:
            return
        names = [frames.segment_name(n) for n in range(self._pruned.first, gone.first, frames.SEGMENT)]
        with self._refusing():
            put(self._folder / pruning.POINTER, bytes(gone), self._scratch, self._files)
            self._files.sync_folder(self._folder)
            trim(self._folder / "frames", [(self._folder / "frames" / name, 0) for name in names], self._files)
        self._pruned = gone

    def _ready(self) -> None:
        if self._refusal:
            raise LogRefuses(self._refusal)

    def _hold(self) -> None:
        """LogOvertaken when checkpoint or tail are not as this writer left them: it must not fork the log."""
        if not as_left(self._folder, self._checkpoint.note, self._tail_file, self._tail_length):
            overtaken = LogOvertaken()
            self._refuse(overtaken)
            raise overtaken

    @contextmanager
    def _refusing(self) -> Iterator[None]:
        """Whatever goes wrong within, this writer accepts nothing more; LogRefuses when it was the disk."""
        try:
            yield
        except BaseException as error:
            self._refuse(error)
            if isinstance(error, OSError):
                raise LogRefuses(reason(error)) from error
            raise

    def _refuse(self, error: BaseException) -> None:
        self._refusal = reason(error)

    def _cut_tail(self) -> None:
        """Take back a batch nobody was told of; if that fails too, opening again does it."""
        with suppress(OSError):
            self._files.truncate(self._tail_file, self._tail_length)

    def _put_tail(self) -> None:
        """Write the tail anew: the same entries, none of a torn batch."""
        self._salt = self._files.salt()
        pieces: list[bytes | bytearray] = [frames.tail_head(self._first, self._salt)]
        if len(self._held):
            pieces += frames.pack_batch(self._first, [*self._held.parts(0, len(self._held))], self._salt)
        put(self._folder / "frames" / "tail", b"".join(pieces), self._scratch, self._files)
        self._files.sync_folder(self._folder / "frames")

    def _rotate(self) -> None:
        """Begin a tail without the entries that blocks now hold."""
        packed = self._packer.frontier.size - self._first
        self._first += packed
        self._held.drop(packed)
        self._put_tail()
        old, self._tail_file = self._tail_file, -1
        self._files.close(old)
        self._tail_file = self._files.open(self._folder / "frames" / "tail")
        self._tail_length = os.fstat(self._tail_file).st_size
