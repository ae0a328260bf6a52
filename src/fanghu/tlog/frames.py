"""Bytes under ``frames/``: sealed blocks of 256 entries (zstd) and the write-ahead tail. All integers big-endian.

A block  : "FHB1" | u64 first | u16 count | u32 raw length | u32 stored length | stored bytes | u32 CRC of all before
           "FHB2" in a full segment packed anew (see `tightening`): the first block's bundle is the others' dictionary
The tail : "FHTAIL01" | u64 first | 8 bytes of salt | u32 CRC of all before, then batches
A batch  : "FHT1" | u64 first | u32 count | u32 length | u32 CRC of salt and all before | bundle | u32 CRC of bundle,
           continued from the CRC before
A bundle : for each entry u16 length | entry (the C2SP entry bundle)
CRC is CRC-32 (ISO-HDLC, zlib's).
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field

import zstandard

from fanghu.tlog.bundle import Bundle, unbundled
from fanghu.tlog.entry import LONGEST
from fanghu.tlog.tiles import WIDTH

SEGMENT = 65536
"""Entries in one full segment file: 256 blocks, one tile of level 1."""

BLOCK_MAGIC = b"FHB1"
TIGHT_MAGIC = b"FHB2"
BLOCK_HEAD = struct.Struct(">4sQHII")
TAIL_MAGIC = b"FHTAIL01"
TAIL_HEAD = struct.Struct(">8sQ8sI")
BATCH_MAGIC = b"FHT1"
BATCH_HEAD = struct.Struct(">4sQIII")
_BATCH_START = struct.Struct(">4sQII")
_CRC = struct.Struct(">I")
LARGEST_BUNDLE = WIDTH * (LONGEST + 2)
LARGEST_BLOCK = LARGEST_BUNDLE + LARGEST_BUNDLE // 128 + 4096
"""Bytes a stored block may have; zstd lengthens what it cannot pack by less than a hundredth."""

LEVEL, TIGHT_LEVEL = 1, 9
"""How hard zstd tries when sealing, and when a full segment is packed anew at leisure."""

LARGEST_TAIL = 1 << 31
"""Bytes that may wait for a seal; no longer tail is read."""


def segment_name(first: int) -> str:
    """File name of the segment whose first entry is ``first`` (a multiple of 65,536)."""
    return f"{first:016d}.blocks"


def pack_blocks(first: int, raws: Sequence[bytes]) -> list[bytes]:
    """The stored blocks of ``raws``, bundles of 256 entries each, from entry ``first`` on; other threads go on meanwhile."""
    compressor = zstandard.ZstdCompressor(level=LEVEL, write_content_size=True, write_checksum=False)
    blocks: list[bytes] = []
    for start in range(0, len(raws), WIDTH):  # not more in memory at once than a segment
        part = raws[start : start + WIDTH]
        blocks += _blocks(BLOCK_MAGIC, first + start * WIDTH, part, _compressed(compressor, part))
    return blocks


def pack_tight(first: int, raws: Sequence[bytes]) -> list[bytes]:
    """The same entries' blocks as small as they get: ``raws`` are all bundles of the segment that begins with ``first``."""
    alone = zstandard.ZstdCompressor(level=TIGHT_LEVEL, write_content_size=True, write_checksum=False)
    shared = zstandard.ZstdCompressionDict(raws[0], dict_type=zstandard.DICT_TYPE_RAWCONTENT)
    shared.precompute_compress(level=TIGHT_LEVEL)
    others = zstandard.ZstdCompressor(
        level=TIGHT_LEVEL, dict_data=shared, write_content_size=True, write_checksum=False, write_dict_id=False
    )
    stored = [alone.compress(raws[0]), *_compressed(others, raws[1:])]
    return _blocks(TIGHT_MAGIC, first, raws, stored)


def _compressed(compressor: zstandard.ZstdCompressor, raws: Sequence[bytes]) -> list[bytes]:
    """Each compressed on its own, in one call that lets other threads run."""
    if len(raws) < 2:
        return [compressor.compress(raw) for raw in raws]
    found = compressor.multi_compress_to_buffer(list(raws), threads=1)
    return [found[number].tobytes() for number in range(len(raws))]


def _blocks(magic: bytes, first: int, raws: Sequence[bytes], stored: Sequence[bytes]) -> list[bytes]:
    """Heads and checks around the stored bytes of blocks that follow one another."""
    found: list[bytes] = []
    for number, (raw, packed) in enumerate(zip(raws, stored, strict=True)):
        body = BLOCK_HEAD.pack(magic, first + number * WIDTH, WIDTH, len(raw), len(packed)) + packed
        found.append(body + _CRC.pack(zlib.crc32(body)))
    return found


def block_length(data: bytes, at: int) -> int | None:
    """Length of the block whose head is at ``data[at:]``, None when there is no such head."""
    if at + BLOCK_HEAD.size > len(data):
        return None
    magic, _, _, _, stored = BLOCK_HEAD.unpack_from(data, at)
    return BLOCK_HEAD.size + int(stored) + 4 if magic in (BLOCK_MAGIC, TIGHT_MAGIC) else None


def begins_block(data: bytes, first: int) -> bool:
    """Whether ``data`` is how a block of entry ``first`` would begin, as far as it goes."""
    fixed = BLOCK_HEAD.pack(BLOCK_MAGIC, first, WIDTH, 0, 0)[:14]
    return data[:14] == fixed[: len(data)]


def unpack_bundle(data: bytes, first: int, opening: bytes | None = None) -> bytes | None:
    """The bundle of exactly one block that must begin with entry ``first``; None when anything is wrong but its entries.

    ``opening``: the bundle of its segment's first block, which a block packed tight needs unless it is that one.
    """
    if len(data) < BLOCK_HEAD.size + 4:
        return None
    magic, begins, count, length, stored = BLOCK_HEAD.unpack_from(data)
    if magic not in (BLOCK_MAGIC, TIGHT_MAGIC) or begins != first or count != WIDTH or length > LARGEST_BUNDLE:
        return None
    if BLOCK_HEAD.size + stored + 4 != len(data) or zlib.crc32(data[:-4]) != _CRC.unpack(data[-4:])[0]:
        return None
    shared = None
    if magic == TIGHT_MAGIC and first % SEGMENT:
        if opening is None:
            return None
        shared = zstandard.ZstdCompressionDict(opening, dict_type=zstandard.DICT_TYPE_RAWCONTENT)
    try:
        packed = data[BLOCK_HEAD.size : -4]
        if zstandard.frame_content_size(packed) != length:
            return None
        raw = zstandard.ZstdDecompressor(dict_data=shared).decompress(
            packed, max_output_size=length, allow_extra_data=False
        )
    except zstandard.ZstdError:
        return None
    return raw if len(raw) == length else None


class Opening:
    """Unpacks the blocks of one segment, its first one first."""

    def __init__(self) -> None:
        self._bundle: bytes | None = None

    def bundle(self, data: bytes, first: int) -> bytes | None:
        """As `unpack_bundle`."""
        raw = unpack_bundle(data, first, self._bundle)
        if raw is not None and first % SEGMENT == 0:
            self._bundle = raw
        return raw

    def unpack(self, data: bytes, first: int) -> list[bytes] | None:
        """The 256 entries of exactly one block; None when anything is wrong."""
        raw = self.bundle(data, first)
        return None if raw is None else unbundled(raw, WIDTH)


def is_tight(data: bytes) -> bool:
    """Whether a block's head says that its segment was packed tight."""
    return data[:4] == TIGHT_MAGIC


def tail_head(first: int, salt: bytes) -> bytes:
    """The head of a tail whose first entry is ``first``; ``salt`` is 8 random bytes."""
    head = TAIL_HEAD.pack(TAIL_MAGIC, first, salt, 0)[:-4]
    return head + _CRC.pack(zlib.crc32(head))


def pack_batch(first: int, bundles: Sequence[Bundle], salt: bytes) -> list[bytes | bytearray]:
    """One batch, in pieces: what a single append makes durable, all of it or none."""
    body = [each.data for each in bundles]
    start = _BATCH_START.pack(BATCH_MAGIC, first, sum(map(len, bundles)), sum(map(len, body)))
    crc = checked = zlib.crc32(salt + start)
    for data in body:
        checked = zlib.crc32(data, checked)
    return [start + _CRC.pack(crc), *body, _CRC.pack(checked)]


@dataclass(slots=True)
class Tail:
    """A parsed tail: its entries from ``first`` on, and how its bytes end.

    ``good`` is the length up to the last whole batch. ``state`` is "whole"; "torn" (the last batch is cut short, as
    by a crash); or "damaged" (bytes are wrong in a way a cut does not explain, or whole batches follow the wrong one).
    """

    first: int = 0
    salt: bytes = b""
    entries: list[bytes] = field(default_factory=list)
    good: int = 0
    state: str = "whole"
    followed: bool = False

    @property
    def size(self) -> int:
        """Index after the last whole entry."""
        return self.first + len(self.entries)


def parse_tail(data: bytes) -> Tail | None:
    """Read a tail file; None when its head is wrong (the head is written whole before its file gets its name)."""
    if len(data) < TAIL_HEAD.size:
        return None
    magic, first, salt, crc = TAIL_HEAD.unpack_from(data)
    if magic != TAIL_MAGIC or crc != zlib.crc32(data[: TAIL_HEAD.size - 4]) or first % WIDTH:
        return None
    tail = Tail(first, salt, good=TAIL_HEAD.size)
    while tail.good < len(data):
        end = _read_batch(data, tail)
        if end is None:
            tail.followed = _batch_follows(data, tail)
            break
        tail.good = end
    return tail


def _read_batch(data: bytes, tail: Tail) -> int | None:
    """Add the batch at ``tail.good``; its end, or None with ``tail.state`` set."""
    at = tail.good
    if at + BATCH_HEAD.size > len(data):
        tail.state = "torn"
        return None
    magic, first, count, length, crc = BATCH_HEAD.unpack_from(data, at)
    start = at + BATCH_HEAD.size
    tail.state = "damaged"
    if magic != BATCH_MAGIC or first != tail.size or crc != zlib.crc32(tail.salt + data[at : start - 4]):
        return None
    end: int = start + length + 4
    if end > len(data):
        tail.state = "torn"
        return None
    body = data[start : end - 4]
    if zlib.crc32(body, crc) != _CRC.unpack_from(data, end - 4)[0]:
        return None
    entries = unbundled(body, count)
    if entries is None:
        return None
    tail.entries += entries
    tail.state = "whole"
    return end


def _batch_follows(data: bytes, tail: Tail) -> bool:
    """Whether a whole batch's head stands after the bad one: then the bad one had been acknowledged."""
    at = data.find(BATCH_MAGIC, tail.good + 1)
    while at >= 0 and at + BATCH_HEAD.size <= len(data):
        _, first, _, _, crc = BATCH_HEAD.unpack_from(data, at)
        if first > tail.size and crc == zlib.crc32(tail.salt + data[at : at + BATCH_HEAD.size - 4]):
            return True
        at = data.find(BATCH_MAGIC, at + 1)
    return False
