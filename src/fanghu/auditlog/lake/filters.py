"""The Bloom filters of a lake: a file for 65,536 entries, written in place, with its CRC in the ledger.

Bits are only ever added, so whoever reads meanwhile misses nothing that was there. A file that is lost or altered is made again from
the log; until then its entries are all looked at.
"""

from __future__ import annotations

import os
import zlib
from array import array
from pathlib import Path

from fanghu.auditlog.lake.bloom import CELL, WIDTH, Bloom, Cells

GROUP = 65_536  # entries of a file
SIZE = GROUP // WIDTH * CELL


class Filters:
    """Those in ``folder``; one process at a time writes them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def put(self, cells: Cells, *, anew: bool = False) -> tuple[int, int]:
        """Add filters, all of one group; the group's number and its file's CRC-32. ``anew``: nothing else is in the group."""
        group, at = divmod(cells.begin, GROUP)
        flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | (os.O_TRUNC if anew else 0)
        descriptor = os.open(self._path(group), flags, 0o600)
        try:
            held = os.pread(descriptor, SIZE, 0).ljust(SIZE, b"\0")
            start, stop = at // WIDTH * CELL, at // WIDTH * CELL + len(cells.data)
            whole = held[:start] + _merged(held[start:stop], cells.data) + held[stop:]
            os.pwrite(descriptor, whole[start:stop], start)
            os.ftruncate(descriptor, SIZE)
        finally:
            os.close(descriptor)
        return group, zlib.crc32(whole)

    def whole(self, group: int, crc: int) -> bool:
        """Whether the file of a group is as it was written."""
        data = self._read(group)
        return data is not None and zlib.crc32(data) == crc

    def may_hold(self, bloom: Bloom, asked: array[int], group: int) -> bytes | None:
        """For each filter of a group 1 if all bits asked for are set in it, else 0; None where the file is not there."""
        data = self._read(group)
        return None if data is None else bloom.sift(data, asked)

    def drop(self, before: int = 2**62) -> None:
        """Remove those of groups before ``before``."""
        for path in self.folder.glob("*.bloom"):
            if not path.stem.isdecimal() or int(path.stem) < before:
                path.unlink(missing_ok=True)

    def _read(self, group: int) -> bytes | None:
        try:
            data = self._path(group).read_bytes()
        except OSError:
            return None
        return data if len(data) == SIZE else None

    def _path(self, group: int) -> Path:
        return self.folder / f"{group:010d}.bloom"


def _merged(one: bytes, other: bytes | bytearray) -> bytes:
    if not any(one):
        return bytes(other)
    return (int.from_bytes(one, "big") | int.from_bytes(other, "big")).to_bytes(len(one), "big")
