"""Loops over the entries of a bundle in one call: `loops.c` where `./run` could compile it, the same in Python elsewhere.

Python spends as long on calling a hash as the hash takes, and a block of 256 entries has 511; and it holds its lock
meanwhile. The results are the same, and `tests/tlog/test_loops.py` holds them together.
"""

from __future__ import annotations

import ctypes
import struct
import sys
from abc import abstractmethod
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from itertools import chain, count, repeat
from pathlib import Path
from typing import Protocol

from fanghu.tlog import merkle
from fanghu.tlog.entry import LINE
from fanghu.tlog.tiles import HASH, WIDTH

Data = bytes | bytearray
SOURCE = Path(__file__).with_suffix(".c")
_LENGTH, _HEAD = struct.Struct(">H"), struct.Struct(">BH")


OPEN, BEYOND_ASCII, ESCAPED = 1, 2, 4  # as in loops.c
SHORT, DEEP = 900, 200
"""A line of fewer bytes cannot hold so many objects within objects that a reader of JSON gives up; in longer ones they are counted."""


@dataclass(frozen=True, slots=True)
class Lines:
    """Lines of a bundle: how many, each followed by a line feed in ``data``, and the byte at which the next entry is.

    ``odd`` where one of them at least is no object in braces with few within (`OPEN`), goes `BEYOND_ASCII`, or holds a
    backslash (`ESCAPED`).
    """

    count: int
    data: Data
    stop: int
    odd: int


class Loops(Protocol):
    """What is asked of a bundle (u16 length, entry; for each entry)."""

    @abstractmethod
    def ends(self, bundle: Data, *, shaped: bool = True) -> Sequence[int] | None:
        """Where each entry ends; None unless it holds whole entries, each with the shape of one where that is asked."""

    @abstractmethod
    def leaves(self, bundle: Data, ends: Sequence[int]) -> bytes:
        """The leaf hashes of its entries, 32 bytes each; ``ends`` as `ends` says."""

    @abstractmethod
    def fold(self, hashes: Data) -> bytes:
        """Root of a tree whose 2**k hashes of one level are given, 32 bytes each."""

    @abstractmethod
    def node(self, bundle: Data) -> bytes | None:
        """The level-1 hash of a block: of the 256 entries of a bundle; None when it does not hold 256."""

    @abstractmethod
    def bundle(self, lines: Sequence[bytes], start: bytes, place: int) -> Data:
        """Entries of ``start``, u32 ``place`` counted on, a line each, none longer than 65,535 bytes in all."""

    @abstractmethod
    def lines(self, bundle: Data, at: int, start: bytes) -> Lines:
        """Of a bundle's entries from byte ``at`` on, as many as begin with ``start`` and a place (u32): what follows it."""


class Interpreted(Loops):
    """In Python."""

    def ends(self, bundle: Data, *, shaped: bool = True) -> Sequence[int] | None:
        """As said."""
        found: list[int] = []
        at, end, unpack, look = 0, len(bundle), _LENGTH.unpack_from, _HEAD.unpack_from
        try:
            while at < end:
                (length,) = unpack(bundle, at)
                if shaped:
                    version, head = look(bundle, at + 2)
                    if head + 3 > length or not 0 < version <= LINE:
                        return None
                at += 2 + length
                found.append(at)
        except struct.error:
            return None
        return found if at == end else None

    def leaves(self, bundle: Data, ends: Sequence[int]) -> bytes:
        """As said."""
        begins, hasher = chain((0,), ends), sha256
        parts = zip(begins, ends, strict=False)
        return b"".join([hasher(b"\0" + bundle[at + 2 : end]).digest() for at, end in parts])

    def fold(self, hashes: Data) -> bytes:
        """As said."""
        return merkle.fold([bytes(hashes[at : at + HASH]) for at in range(0, len(hashes), HASH)])

    def node(self, bundle: Data) -> bytes | None:
        """As said."""
        ends = self.ends(bundle, shaped=False)
        return self.fold(self.leaves(bundle, ends)) if ends is not None and len(ends) == WIDTH else None

    def bundle(self, lines: Sequence[bytes], start: bytes, place: int) -> Data:
        """As said."""
        lengths = map((len(start) + 4).__add__, map(len, lines))
        heads = map(struct.Struct(f">H{len(start)}sI").pack, lengths, repeat(start), count(place))
        return b"".join(chain.from_iterable(zip(heads, lines, strict=False)))

    def lines(self, bundle: Data, at: int, start: bytes) -> Lines:
        """As said."""
        found: list[bytes] = []
        end, odd = len(bundle), 0
        while at + 2 <= end:
            stop = at + 2 + int.from_bytes(bundle[at : at + 2], "big")
            if stop > end or stop - at - 6 < len(start) or not bundle.startswith(start, at + 2):
                break
            line = bytes(bundle[at + 6 + len(start) : stop])
            found += line, b"\n"
            within = line.count(b"{") + line.count(b"[") if len(line) >= SHORT else 0
            odd |= 0 if line[:1] == b"{" and line[-1:] == b"}" and within < DEEP else OPEN
            odd |= (0 if line.isascii() else BEYOND_ASCII) | (ESCAPED if b"\\" in line else 0)
            at = stop
        return Lines(len(found) // 2, b"".join(found), at, odd)


class Compiled(Loops):
    """By the library at ``path``; Python's lock is free meanwhile. OSError or AttributeError when it cannot be used."""

    def __init__(self, path: Path) -> None:
        library = ctypes.CDLL(str(path))
        self._ends, self._leaves, self._fold = library.fanghu_ends, library.fanghu_leaves, library.fanghu_fold
        self._bundle = library.fanghu_bundle
        data, size = ctypes.c_void_p, ctypes.c_size_t
        self._ends.argtypes = [data, size, ctypes.c_ubyte, data]
        self._leaves.argtypes = [data, size, data, ctypes.c_long]
        self._fold.argtypes = [data, ctypes.c_long]
        self._bundle.argtypes = [data, data, ctypes.c_long, data, size, ctypes.c_uint32, data]
        self._lines = library.fanghu_lines
        self._lines.argtypes = [data, size, size, data, size, data, data]
        for function in (self._ends, self._leaves, self._fold, self._bundle, self._lines):
            function.restype = ctypes.c_long

    def ends(self, bundle: Data, *, shaped: bool = True) -> Sequence[int] | None:
        """As said."""
        at, newest = address(bundle), LINE if shaped else 0
        count = self._ends(at, len(bundle), newest, None)
        if count < 0:
            return None
        found = array("I", bytes(4 * count))
        self._ends(at, len(bundle), newest, found.buffer_info()[0])
        return found

    def leaves(self, bundle: Data, ends: Sequence[int]) -> bytes:
        """As said."""
        found = bytearray(HASH * len(ends))
        if self._hashed(bundle, found) != len(ends):
            raise ValueError("the entries do not end where they are said to")
        return bytes(found)

    def fold(self, hashes: Data) -> bytes:
        """As said."""
        room = bytearray(hashes)
        if self._fold(address(room), len(room) // HASH) < 0:
            raise MemoryError
        return bytes(room[:HASH])

    def node(self, bundle: Data) -> bytes | None:
        """As said."""
        found = bytearray(HASH * WIDTH)
        return self.fold(found) if self._hashed(bundle, found) == WIDTH else None

    def bundle(self, lines: Sequence[bytes], start: bytes, place: int) -> Data:
        """As said."""
        joined, lengths = b"".join(lines), array("I", map(len, lines))
        found = bytearray(len(joined) + len(lines) * (len(start) + 6))
        at = lengths.buffer_info()[0]
        self._bundle(joined, at, len(lines), start, len(start), place, address(found))
        return found

    def lines(self, bundle: Data, at: int, start: bytes) -> Lines:
        """As said."""
        room, found = bytearray(len(bundle) - at), array("l", (0, 0, 0))
        count = self._lines(address(bundle), len(bundle), at, start, len(start), address(room), found.buffer_info()[0])
        stop, size, odd = found
        del room[size:]
        return Lines(count, room, stop, odd)

    def _hashed(self, bundle: Data, found: bytearray) -> int:
        """Fills ``found`` as far as the entries go; their number, -1 when they do not fit or the last one is cut."""
        number: int = self._leaves(address(bundle), len(bundle), address(found), len(found) // HASH)
        if number < -1:
            raise MemoryError
        return number


def address(data: Data) -> bytes | ctypes.c_void_p:
    """Where the bytes lie, for as long as ``data`` is held and keeps its size."""
    if isinstance(data, bytes):
        return data
    return ctypes.c_void_p(ctypes.addressof(ctypes.c_char.from_buffer(data)) if data else None)


def compiled_at(source: Path = SOURCE) -> Path:
    """Where `./run` puts the library of a source: named by what it says, so that one of another version is none."""
    return Path(sys.prefix) / "lib" / "fanghu" / f"{source.stem}-{sha256(source.read_bytes()).hexdigest()[:16]}.so"


@cache
def loops() -> Loops:
    """What this process uses."""
    return chosen(compiled_at())


def chosen(path: Path) -> Loops:
    """The library where it is there and does what Python does, else Python."""
    slow = Interpreted()
    try:
        quick = Compiled(path)
        block = b"".join((3 + n).to_bytes(2, "big") + b"\x01\0\0" + bytes(n) for n in range(WIDTH))
        ends = slow.ends(block) or ()
        said = [
            (
                list(each.ends(block) or ()),
                each.leaves(block, ends),
                each.node(block),
                each.bundle([b"a", b""], b"b", 9),
                each.lines(block, 0, b"\x01"),
            )
            for each in (quick, slow)
        ]
        return quick if said[0] == said[1] else slow
    except (OSError, AttributeError, MemoryError):
        return slow
