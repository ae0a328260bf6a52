"""Entries one after another as a C2SP entry bundle writes them (u16 length, entry), and where each ends."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate
from typing import Self

from fanghu.tlog.damage import BadEntry
from fanghu.tlog.entry import LONGEST, Line
from fanghu.tlog.loops import loops

_LENGTH = struct.Struct(">H")


def bundled(entries: Iterable[bytes]) -> bytes:
    """The C2SP entry bundle of ``entries`` (each at most 65,535 bytes)."""
    pack = _LENGTH.pack
    return b"".join([part for entry in entries for part in (pack(len(entry)), entry)])


def unbundled(data: bytes, count: int) -> list[bytes] | None:
    """The ``count`` entries of a bundle, or None when it holds another number or ends elsewhere."""
    entries: list[bytes] = []
    at, end, unpack = 0, len(data), _LENGTH.unpack_from
    while at + 2 <= end:
        start = at + 2
        at = start + unpack(data, at)[0]
        entries.append(data[start:at])
    return entries if at == end and len(entries) == count else None


def lines_bundled(lines: Sequence[bytes], said: Line) -> bytes | bytearray:
    """The bundle of entries of version 2 of lines that follow one another, from ``said.place`` on.

    Each: 0x02, u16 length of the head, the head, the line. Head: source, format, zone and ref, each u8 length and UTF-8;
    u64 received; u32 place. ValueError when a text is longer than 255 bytes, BadEntry when an entry is longer than 65,535.
    """
    texts = [text.encode() for text in said[:4]]
    head = b"".join(part for text in texts for part in (bytes((len(text),)), text)) + said.received.to_bytes(8, "big")
    start = b"\x02" + (len(head) + 4).to_bytes(2, "big") + head
    beside = len(start) + 4
    if max(map(len, lines), default=0) > LONGEST - beside:
        raise BadEntry(
            f"A line of more than {LONGEST - beside} bytes exceeds what an entry holds; shorten or split it.",
            f"單行超過 {LONGEST - beside} 位元組，項目無法容納；請縮短或分割。",
        )
    return loops().bundle(lines, start, said.place)


class Bundle:
    """A bundle and where each of its entries ends."""

    __slots__ = ("data", "ends")

    def __init__(self, data: bytes | bytearray = b"", ends: Sequence[int] = ()) -> None:
        self.data, self.ends = data, ends

    @classmethod
    def of(cls, entries: Sequence[bytes]) -> Self:
        """Of entries that have the shape of one."""
        return cls(bundled(entries), list(accumulate(2 + len(entry) for entry in entries)))

    @classmethod
    def read(cls, data: bytes | bytearray) -> Self:
        """A bundle made elsewhere; BadEntry unless it holds whole entries, each with the shape of one."""
        ends = loops().ends(data)
        if ends is None:
            raise bad_shape()
        return cls(data, ends)

    @classmethod
    def block(cls, data: bytes | None, count: int) -> Self | None:
        """A bundle of ``count`` entries as a block holds it, whatever their shape; None when it holds another number."""
        ends = None if data is None else loops().ends(data, shaped=False)
        return cls(data, ends) if data is not None and ends is not None and len(ends) == count else None

    def __len__(self) -> int:
        return len(self.ends)

    def __getitem__(self, number: int) -> bytes:
        """One entry."""
        return bytes(self.data[(self.ends[number - 1] if number else 0) + 2 : self.ends[number]])

    def __iter__(self) -> Iterator[bytes]:
        data, at = self.data, 2
        for end in self.ends:
            yield bytes(data[at:end])
            at = end + 2

    def part(self, start: int, stop: int | None = None) -> Bundle:
        """Some of the entries."""
        if start == 0 and stop == len(self):
            return self
        begin, ends = (self.ends[start - 1] if start else 0), self.ends[start:stop]
        return Bundle(self.data[begin : ends[-1]], [end - begin for end in ends]) if ends else Bundle()

    def leaves(self) -> bytes:
        """The leaf hash of each entry, 32 bytes each."""
        return loops().leaves(self.data, self.ends)


class Held:
    """Bundles that follow one another, as the tail of a log holds them; entries are counted from 0."""

    __slots__ = ("_bundles", "_count")

    def __init__(self) -> None:
        self._bundles: list[Bundle] = []
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def add(self, bundles: Sequence[Bundle]) -> None:
        """Entries that come after the others."""
        self._bundles += bundles
        self._count += sum(map(len, bundles))

    def parts(self, start: int, stop: int) -> Iterator[Bundle]:
        """The entries of [start, stop), bundle by bundle."""
        at = 0
        for bundle in self._bundles:
            end = at + len(bundle)
            if end > start and at < stop:
                inner = start <= at and end <= stop
                yield bundle if inner else bundle.part(max(0, start - at), min(end, stop) - at)
            at = end

    def drop(self, count: int) -> None:
        """Let go of the first ``count`` entries."""
        self._bundles = list(self.parts(count, self._count))
        self._count -= count


def cut(bundles: Iterable[Bundle], width: int) -> list[bytes]:
    """Their entries anew, ``width`` to a bundle; a rest that makes no whole one is left out."""
    found: list[bytes] = []
    pieces: list[bytes | bytearray] = []
    missing = width
    for bundle in bundles:
        at = 0
        while at < len(bundle):
            some = min(missing, len(bundle) - at)
            begin = bundle.ends[at - 1] if at else 0
            pieces.append(bundle.data[begin : bundle.ends[at + some - 1]])
            at, missing = at + some, missing - some
            if not missing:
                found.append(b"".join(pieces))
                pieces, missing = [], width
    return found


def bad_shape() -> BadEntry:
    """What an entry of no known format is told."""
    return BadEntry(
        "An entry is not of format version 1 or 2, or exceeds 65,535 bytes; encode it with fanghu.tlog.entry.",
        "項目並非第 1 或第 2 版格式，或超過 65,535 位元組；請以 fanghu.tlog.entry 編碼。",
    )
