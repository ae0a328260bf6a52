"""Every touch of the disk that the writer makes, as one object, so that faults can be put in its place."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

MOST = 1_000
"""Pieces that one call may write (IOV_MAX is 1,024)."""


class Files:
    """The real disk. Each method is one step after which a machine may die."""

    def mkdir(self, path: Path) -> None:
        """Make one folder, readable by its owner only, if it is not there."""
        path.mkdir(mode=0o700, exist_ok=True)

    def open(self, path: Path, *, create: bool = False) -> int:
        """Open for appending; a descriptor."""
        flags = os.O_RDWR | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW | (os.O_CREAT if create else 0)
        return os.open(path, flags, 0o600)

    def write(self, descriptor: int, *pieces: bytes | bytearray) -> None:
        """Write all of the pieces, one after another, as one step."""
        left = [memoryview(piece) for piece in pieces if piece]
        while left:
            done = os.writev(descriptor, left[:MOST])
            whole = 0
            while whole < len(left) and done >= len(left[whole]):
                done -= len(left[whole])
                whole += 1
            del left[:whole]
            if done:
                left[0] = left[0][done:]

    def sync(self, descriptor: int) -> None:
        """Make what was written durable (fdatasync: data and length)."""
        os.fdatasync(descriptor)

    def sync_folder(self, path: Path) -> None:
        """Make names in a folder durable."""
        descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def truncate(self, descriptor: int, length: int) -> None:
        """Cut a file to ``length`` bytes."""
        os.ftruncate(descriptor, length)

    def close(self, descriptor: int) -> None:
        """Close a descriptor."""
        os.close(descriptor)

    def replace(self, source: Path, target: Path) -> None:
        """Rename over ``target``; both lie on one file system."""
        source.replace(target)

    def unlink(self, path: Path) -> None:
        """Remove a file if it is there."""
        path.unlink(missing_ok=True)

    def rmdir(self, path: Path) -> None:
        """Remove an empty folder."""
        path.rmdir()

    def salt(self) -> bytes:
        """Eight random bytes."""
        return secrets.token_bytes(8)
