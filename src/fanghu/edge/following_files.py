"""Files on the disk as a follower meets them: opened plain or packed, known again after they were moved or copied."""

from __future__ import annotations

import errno
import gzip
import os
import re
import stat
import zlib
from collections.abc import Iterable, Sequence
from pathlib import Path

from fanghu.edge.following_positions import HEAD, Position, hash_of

_ROTATED = re.compile(r"[.-][0-9][0-9.T_-]*(\.gz)?|\.(old|prev)(\.gz)?|[0-9.T_-]*\.gz")
BROKEN = (EOFError, zlib.error, gzip.BadGzipFile)
"""What reading a packed file raises that is not whole, or not yet."""


class OpenedFile:
    """One regular file. Raises OSError; IsADirectoryError and the like for what is none."""

    def __init__(self, path: Path) -> None:
        self.path, self.packed = path, path.name.endswith(".gz")
        self.handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY)
        try:
            found = os.fstat(self.handle)
            if not stat.S_ISREG(found.st_mode):
                raise OSError(errno.EINVAL, "not a regular file", str(path))
            self.device, self.inode, self.changed = found.st_dev, found.st_ino, found.st_mtime
            self._inner = os.fdopen(os.dup(self.handle), "rb") if self.packed else None
            self._unpacked = gzip.GzipFile(fileobj=self._inner) if self._inner else None
        except BaseException:
            os.close(self.handle)
            raise

    def close(self) -> None:
        """Give the file back."""
        if self._unpacked is not None and self._inner is not None:
            self._unpacked.close()
            self._inner.close()
        os.close(self.handle)

    @property
    def size(self) -> int:
        """Bytes in it now; of a packed one it is not known before it was read."""
        return os.fstat(self.handle).st_size

    @property
    def removed(self) -> bool:
        """Whether no name leads to it any more."""
        return os.fstat(self.handle).st_nlink == 0

    def read_at(self, offset: int, size: int) -> bytes:
        """Up to ``size`` bytes from ``offset``. BROKEN for a packed file that is not whole."""
        if self._unpacked is None:
            return os.pread(self.handle, size, offset)
        if self._unpacked.tell() != offset:
            self._unpacked.seek(offset)
        return self._unpacked.read(size)

    def is_whole(self) -> bool:
        """Whether all of it can be read: a packed file that is being written cannot."""
        try:
            at = 0
            while self._unpacked is not None and (more := len(self.read_at(at, 1 << 20))):
                at += more
        except BROKEN:
            return False
        return True

    def continues(self, position: Position) -> bool:
        """Whether this holds the same bytes up to the position's offset, as far as its hashes tell."""
        if position.head_size and hash_of(self.read_at(0, position.head_size)) != position.head:
            return False
        return self.stands(position)

    def stands(self, position: Position) -> bool:
        """Whether the bytes before the offset are those that were read."""
        if not position.before_size:
            return True
        before = self.read_at(position.offset - position.before_size, position.before_size)
        return len(before) == position.before_size and hash_of(before) == position.before

    def mark(self, position: Position, offset: int, read: bytes) -> None:
        """Move the position to ``offset``, with what makes the file known again there; ``read`` is what ends there."""
        if position.head_size < HEAD:
            head = read[:HEAD] if position.offset == 0 else self.read_at(0, min(HEAD, offset))
            position.head, position.head_size = hash_of(head), len(head)
        before = read[-HEAD:]
        position.offset, position.before, position.before_size = offset, hash_of(before), len(before)


def rotated(path: Path) -> list[Path]:
    """What ``path`` was moved, copied or packed to, as logrotate and others name it; the oldest first."""
    found: list[tuple[float, Path]] = []
    try:
        for other in os.scandir(path.parent):
            rest = other.name.removeprefix(path.name)
            if rest != other.name and _ROTATED.fullmatch(rest) and other.is_file():
                found.append((other.stat().st_mtime, Path(other.path)))
    except OSError:
        pass
    return [place for _, place in sorted(found)]


def known_again(files: Sequence[OpenedFile], positions: Iterable[Position]) -> dict[int, Position]:
    """Which of ``files`` (by place in the list) continues which position: by device and inode first, then by bytes.

    A packed file that is not whole yet continues nothing.
    """
    left = list(positions)[::-1]
    found: dict[int, Position] = {}
    for by_inode in (True, False):
        for place, file in enumerate(files):
            if place in found:
                continue
            for position in left:
                same = (position.device, position.inode) == (file.device, file.inode)
                if (same if by_inode else bool(position.offset)) and _continues(file, position):
                    found[place] = position
                    left.remove(position)
                    break
    return found


def _continues(file: OpenedFile, position: Position) -> bool:
    try:
        return position.offset == 0 or file.continues(position)
    except BROKEN:
        return False
