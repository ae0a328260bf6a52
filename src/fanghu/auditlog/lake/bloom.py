"""Bloom filters that tell which 256 entries may hold the words somebody looks for: built and asked by `bloom.c`.

Where `./run` could not compile it there are none, and every record is looked at.
"""

from __future__ import annotations

import ctypes
from array import array
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path

from fanghu.auditlog.query import CJK
from fanghu.tlog.bundle import Bundle
from fanghu.tlog.loops import address, compiled_at

SOURCE = Path(__file__).with_suffix(".c")
WIDTH, CELL = 256, 1_536
"""Entries of one filter, and its bytes."""
ODD = (b"\\u", b"\\x", b"&#", *(letter.encode() for letter in "İıſ\u212a"))
"""Escapes of JSON, XML and the like, and letters that are ASCII's in the other case."""
ROOM = 4_096  # bits that are asked for at most; more words than that tell no more


class Bloom:
    """The library at ``path``; Python's lock is free meanwhile. OSError or AttributeError when it cannot be used."""

    def __init__(self, path: Path) -> None:
        library = ctypes.CDLL(str(path))
        data, size, number = ctypes.c_void_p, ctypes.c_size_t, ctypes.c_uint64
        self._entries, self._text = library.fanghu_bloom_entries, library.fanghu_bloom_text
        self._asked, self._sift = library.fanghu_bloom_asked, library.fanghu_bloom_sift
        self._entries.argtypes = [data, data, size, number, data, number, number]
        self._text.argtypes = [data, data, size, data, number]
        self._asked.argtypes = [data, data, size, data, ctypes.c_long]
        self._sift.argtypes = [data, number, data, ctypes.c_long, data]
        self._entries.restype, self._asked.restype = ctypes.c_int, ctypes.c_long
        self._text.restype = self._sift.restype = None
        self._odd = library.fanghu_bloom_odd
        self._odd.argtypes, self._odd.restype = [data, size], ctypes.c_int
        self._signs = _signs()

    def cells(self, first: int, stop: int) -> Cells:
        """Empty filters of the entries ``first`` … ``stop - 1``."""
        return Cells(self, first, stop)

    def add(self, cells: bytearray, begin: int, first: int, bundle: Bundle) -> None:
        """What stands in entries from index ``first`` on, into the filters of those from ``begin`` (a multiple of 256) on.

        ValueError when they go beyond.
        """
        data, count = bundle.data, len(cells) // CELL
        if self._entries(self._signs, address(data), len(data), first, address(cells), begin, count):
            raise ValueError("entries beyond the filters, or none")

    def add_text(self, cells: bytearray, number: int, text: str) -> None:
        """What stands in ``text``, into one of the filters; IndexError where there is none of that ``number``."""
        if not 0 <= number < len(cells) // CELL:
            raise IndexError(number)
        data = text.encode(errors="replace")
        self._text(self._signs, data, len(data), address(cells), number)

    def asked(self, words: Sequence[str]) -> array[int]:
        """Which bits are set wherever these words, in a row, are found; the last of them may be cut short."""
        data, room = " ".join(words).encode(errors="replace"), array("I", bytes(4 * ROOM))
        return room[: self._asked(self._signs, data, len(data), room.buffer_info()[0], ROOM)]

    def sift(self, cells: bytes | bytearray, asked: array[int]) -> bytes:
        """For each filter 1 if all of these bits are set, else 0."""
        found = bytearray(len(cells) // CELL)
        self._sift(address(cells), len(found), asked.buffer_info()[0], len(asked), address(found))
        return bytes(found)

    def odd(self, data: bytes | bytearray) -> bool:
        """As `odd` says."""
        return bool(self._odd(address(data), len(data)))


def odd(data: bytes | bytearray) -> bool:
    """Whether bytes may spell a word otherwise than it is read: by one of `ODD`."""
    library = bloom()
    return any(each in data for each in ODD) if library is None else library.odd(data)


class Cells:
    """Filters of entries that follow one another, as ``data``; the first one's entries begin at ``begin``."""

    def __init__(self, bloom: Bloom, first: int, stop: int) -> None:
        self.begin = first - first % WIDTH
        self.data = bytearray(((stop - 1) // WIDTH - first // WIDTH + 1) * CELL)
        self._bloom = bloom

    def add(self, first: int, bundle: Bundle) -> None:
        """What stands in the lines of entries from index ``first`` on."""
        self._bloom.add(self.data, self.begin, first, bundle)

    def say(self, index: int, texts: Iterable[str]) -> None:
        """What is said of one entry beside its line, or otherwise than there."""
        for text in texts:
            self._bloom.add_text(self.data, (index - self.begin) // WIDTH, text)


@cache
def bloom() -> Bloom | None:
    """What this process uses, if it can."""
    try:
        return Bloom(compiled_at(SOURCE))
    except (OSError, AttributeError):
        return None


def _signs() -> bytes:
    """A bit for each of the first 65,536 code points: whether it is a word by itself."""
    found = bytearray(8_192)
    for point in range(0x2E80, 0xFB00):
        sign = chr(point)
        if CJK.match(sign) and sign.isalnum():
            found[point >> 3] |= 1 << (point & 7)
    return bytes(found)
