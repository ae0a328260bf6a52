"""The opened log: its writer, under the log's lock, and a reader over what is sealed; no Django."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from itertools import islice
from pathlib import Path

from fanghu.auditlog.record import LogRecord
from fanghu.faults import Exit, Fault
from fanghu.keys import log_keys
from fanghu.keys.locations import LogPlaces
from fanghu.tlog.checkpoint import Checkpoint
from fanghu.tlog.damage import LogBusy, LogDamaged
from fanghu.tlog.entry import Entry
from fanghu.tlog.files import Files
from fanghu.tlog.merkle import consistency_holds
from fanghu.tlog.reader import LogReader
from fanghu.tlog.tiles import WIDTH
from fanghu.tlog.writer import LogWriter

WINDOW = 4_000


class SealedLog:
    """Reads what is sealed; needs no lock. ``name``: what its records call the log."""

    def __init__(self, folder: Path, name: str = "") -> None:
        self.folder = folder
        self.name = name
        self.reader = LogReader(folder)

    @property
    def checkpoint(self) -> Checkpoint:
        """The current checkpoint as it lies in the folder."""
        return self.reader.checkpoint()

    @property
    def size(self) -> int:
        """How many entries are sealed."""
        return self.checkpoint.size

    @property
    def first(self) -> int:
        """The first entry that the log still holds."""
        return self.reader.first

    def records(self, start: int, stop: int) -> Iterator[LogRecord]:
        """Entries ``start`` … ``stop - 1``."""
        for index, entry in self.reader.entries(start, stop):
            yield LogRecord(index, entry, self.name)

    def records_at(self, indexes: Iterable[int]) -> Iterator[LogRecord]:
        """The entries at ``indexes``, in that order; those of one block are read together."""
        left = iter(indexes)
        while window := list(islice(left, WINDOW)):
            found: dict[int, Entry] = {}
            for first, stop in near(sorted(window)):
                found.update(self.reader.entries(first, stop))
            for index in window:
                yield LogRecord(index, found[index], self.name)

    def extends(self, size: int, root: str) -> bool:
        """Whether the log holds, unchanged, the log of ``size`` entries with ``root`` (hex)."""
        now = self.checkpoint
        if size == 0:
            return True
        if size > now.size:
            return False
        old = bytes.fromhex(root)
        if size == now.size:
            return old == now.root
        return consistency_holds(size, now.size, old, now.root, self.reader.consistency_proof(size, now.size))


def near(indexes: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Runs of entries to read together: those of one block, and of blocks that follow each other."""
    first = last = indexes[0]
    for index in indexes:
        if index // WIDTH > last // WIDTH + 1:
            yield first, last + 1
            first = index
        last = index
    yield first, last + 1


class Vault(SealedLog):
    """The log opened for writing by the one process that holds its lock."""

    def __init__(self, folder: Path, writer: LogWriter) -> None:
        super().__init__(folder)
        self.writer = writer

    @property
    def checkpoint(self) -> Checkpoint:
        """The checkpoint sealed last."""
        return self.writer.checkpoint

    @property
    def unsealed(self) -> bool:
        """Whether entries were appended that no checkpoint covers yet (after a crash)."""
        return self.writer.size > self.size

    @property
    def root(self) -> str:
        """The sealed root (hex)."""
        return self.checkpoint.root.hex()

    def append(self, entries: Sequence[bytes]) -> int:
        """Make ``entries`` durable and return the first one's index."""
        return self.writer.append(entries).start

    def seal(self, now: datetime) -> None:
        """Cover everything appended by a new checkpoint."""
        self.writer.seal(now)


@contextmanager
def opened(
    places: LogPlaces,
    *,
    create: bool = False,
    wait: float = 0,
    pause: Callable[[float], object] = time.sleep,
    files: Files | None = None,
) -> Iterator[Vault]:
    """The log opened for writing; LogBusy when another process still holds it after ``wait`` seconds.

    Raises Fault FH-LOG-92 when the folder cannot be written (a full disk): nothing is lost, the outbox keeps its rows.
    """
    places.lock.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    tries = max(1, int(wait * 10))
    try:
        for left in range(tries, 0, -1):
            try:
                writer = _writer(places, create, files)
                break
            except LogBusy:
                if left == 1:
                    raise
                pause(0.1)
        try:
            yield Vault(places.folder, writer)
        finally:
            writer.close()
    except OSError as why:
        raise Fault(
            "FH-LOG-92",
            f"The audit log cannot be written ({why.strerror or why}); free disk space. Nothing is lost, but changes will "
            "be refused soon.",
            f"稽核紀錄無法寫入（{why.strerror or why}）；請釋出磁碟空間。資料不會遺失，但不久後將拒絕任何變更。",
            exit_code=Exit.BUSY,
        ) from why


def _writer(places: LogPlaces, create: bool, files: Files | None) -> LogWriter:
    """The log opened once; LogBusy too when its key was changed between the look at the key and the lock."""
    signer = log_keys.make(places)
    try:
        return LogWriter.open(
            places.folder, origin=signer.name, signer=signer, lock_path=places.lock, create=create, files=files
        )
    except LogDamaged:
        if log_keys.make(places) == signer:
            raise
        raise LogBusy from None
