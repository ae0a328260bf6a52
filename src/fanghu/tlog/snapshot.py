"""A log folder as it lies on disk, looked at with suspicion: no links followed, no pipes waited for, no size trusted."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from fanghu.tlog import frames


class Snapshot:
    """What lies in a folder. ``files``: each plain file and its length when listed; ``foreign``: what is neither a
    plain file nor a folder of a log; ``unreadable``: what the system would not let us read.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.files: dict[str, int] = {}
        self.foreign: set[str] = set()
        self.unreadable: set[str] = set()

    def look(self) -> None:
        """List every file."""
        self._walk(self.folder, "")

    def read(self, name: str, limit: int = frames.LARGEST_TAIL) -> bytes:
        """The bytes of a plain file; nothing when it is not there, is no file or too long."""
        descriptor = self._open(name)
        if descriptor is None:
            return b""
        with os.fdopen(descriptor, "rb") as file:
            return file.read() if os.fstat(descriptor).st_size <= limit else b""

    def blocks(self, name: str) -> Iterator[tuple[bytes, int]]:
        """Each block of a listed segment and its end, one in memory at a time.

        A last end past the file's length as listed has no whole block.
        """
        descriptor, size = self._open(name), self.files[name]
        if descriptor is None:
            return
        with os.fdopen(descriptor, "rb") as file:
            offset = 0
            while offset < size:
                head = file.read(min(frames.BLOCK_HEAD.size, size - offset))
                length = frames.block_length(head, 0)
                if length is None or length > frames.LARGEST_BLOCK or offset + length > size:
                    yield head, size + 1
                    return
                offset += length
                yield head + file.read(length - len(head)), offset

    def marks(self) -> tuple[tuple[int, int, int, int], ...]:
        """What a writer changes as it works: identity, length and time of the checkpoint, the frames and the tiles."""
        found: list[tuple[int, int, int, int]] = []
        for path in (
            self.folder / "checkpoint",
            self.folder / "pruned",
            *self._children("frames"),
            *self._children("tile"),
        ):
            try:
                seen = path.lstat()
            except OSError:
                continue
            found.append((seen.st_dev, seen.st_ino, seen.st_size, seen.st_mtime_ns))
        return tuple(found)

    def _children(self, name: str) -> list[Path]:
        return sorted((self.folder / name).glob("*"))

    def _walk(self, folder: Path, prefix: str) -> None:
        try:
            found = list(os.scandir(folder))
        except FileNotFoundError:  # a writer removed it since
            return
        except OSError:
            self.unreadable.add(prefix)
            return
        for item in found:
            name = prefix + item.name
            try:
                status = item.stat(follow_symlinks=False)
            except OSError:
                continue
            if stat.S_ISDIR(status.st_mode) and (name in ("frames", "tile") or name.startswith("tile/")):
                self._walk(folder / item.name, name + "/")
            elif stat.S_ISREG(status.st_mode):
                self.files[name] = status.st_size
            else:
                self.foreign.add(name)

    def _open(self, name: str) -> int | None:
        try:
            descriptor = os.open(self.folder / name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError:
            self.unreadable.add(name)
            return None
        if stat.S_ISREG(os.fstat(descriptor).st_mode):
            return descriptor
        os.close(descriptor)
        return None
