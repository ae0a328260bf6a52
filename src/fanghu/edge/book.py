"""The intake's log as its one writer holds it, with the clients whose batches lie in it; used by one thread."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import closing, suppress
from datetime import UTC, datetime
from pathlib import Path

from fanghu.edge.clients import Kept, load
from fanghu.faults import Fault
from fanghu.intake.plan import LOG
from fanghu.keys import log_keys
from fanghu.keys.locations import LogPlaces
from fanghu.tlog.bundle import Bundle
from fanghu.tlog.files import Files
from fanghu.tlog.reader import LogReader
from fanghu.tlog.writer import LogWriter

SAVE_EVERY = 50_000
"""Entries after which the clients are written down again; a crash has so many to read."""
LOOK_BACK = 500_000
"""Entries read at most when nothing was written down: batches before them are taken for new."""


class Book:
    """Open for writing. Raises what LogWriter.open raises: LogBusy, LogDamaged, LogRefuses; Fault FH-KEY-10 … 12."""

    def __init__(self, home: Path, *, files: Files | None = None) -> None:
        places = LogPlaces(home, LOG)
        signer = log_keys.make(places)
        places.lock.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        places.folder.parent.mkdir(mode=0o700, exist_ok=True)
        self._kept_at = home / "run" / "intake-clients"
        self._writer = LogWriter.open(
            places.folder, origin=signer.name, signer=signer, lock_path=places.lock, create=True, files=files
        )
        self._origin = signer.name
        try:
            self._remember(LogReader(places.folder))
        except BaseException:
            self._writer.close()
            raise

    def _remember(self, reader: LogReader) -> None:
        """Seal what a crash left, so that everything can be read; then learn what was not written down."""
        self._writer.seal(datetime.now(UTC))
        size = self._writer.checkpoint.size
        self.clients, self._saved = load(self._kept_at, self._origin, size)
        start = max(self._saved, reader.first, size - LOOK_BACK)
        if start < size:
            self.clients.learn(reader.entries(start, size))
        self.save()

    @property
    def size(self) -> int:
        """Entries that are durable."""
        return self._writer.size

    @property
    def unsealed(self) -> int:
        """Entries that no checkpoint covers yet."""
        return self._writer.size - self._writer.checkpoint.size

    def append(self, bundles: Sequence[Bundle]) -> int:
        """Make them durable, all or none; the first one's index. LogRefuses when the disk did not."""
        return self._writer.append_bundles(bundles).start

    def keep(self, source: str, client: str, number: int, kept: Kept) -> None:
        """Remember a batch that `append` made durable."""
        self.clients.keep(source, client, number, kept)

    def seal(self) -> None:
        """Sign a checkpoint over everything appended; now and then write down the clients."""
        self._writer.seal(datetime.now(UTC))
        if self._writer.checkpoint.size - self._saved >= SAVE_EVERY:
            self.save()

    def save(self) -> None:
        """Write down the clients as of the sealed log; what is lost of it is read from the log again."""
        if self._writer.size != self._writer.checkpoint.size:
            return
        draft = self._kept_at.with_name(".intake-clients.new")
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(self.clients.saved(self._origin, self._writer.size))
        draft.replace(self._kept_at)
        self._saved = self._writer.size

    def finish(self) -> None:
        """Seal what is durable and close; what cannot be sealed now is sealed when the log is opened again."""
        with closing(self), suppress(Fault, OSError):
            self.seal()
            self.save()

    def close(self) -> None:
        """Give up the log's lock."""
        self._writer.close()
