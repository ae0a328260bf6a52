"""Parts: Parquet files, each of a run of entries that came in on one day (Taipei), written once and never changed."""

from __future__ import annotations

import os
import zlib
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from fanghu.auditlog.lake.columns import NUMBERS, TEXTS, schema

if TYPE_CHECKING:
    import pyarrow as pa

GROUP = 131_072  # rows that are packed together; a search by time skips those that lie outside
_PACKED = 3  # zstd level


@dataclass(frozen=True, slots=True)
class Part:
    """The entries ``first`` … ``stop - 1``, taken in on Taipei ``day``; ``since`` … ``until``: their times, milliseconds.

    ``length`` and ``crc`` are the file's.
    """

    first: int
    stop: int
    day: int
    since: int
    until: int
    length: int
    crc: int

    @property
    def name(self) -> str:
        """Of its file."""
        return f"{self.day:06d}-{self.first:014d}-{self.stop:014d}.parquet"

    @property
    def rows(self) -> int:
        """How many entries it holds."""
        return self.stop - self.first


def write(folder: Path, day: int, tables: Iterable[pa.Table]) -> Part:
    """One part of ``tables``, whose rows follow each other without a gap; OSError leaves nothing behind."""
    import pyarrow.compute as pc
    from pyarrow import parquet

    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = folder / f".{os.getpid()}.draft"
    first, stop, since, until = -1, 0, 2**62, -(2**62)
    try:
        with parquet.ParquetWriter(
            draft, schema(), compression="zstd", compression_level=_PACKED, use_dictionary=list(TEXTS),
            column_encoding={name: "DELTA_BINARY_PACKED" for name in NUMBERS if name != "mark"},
            write_page_checksum=True, write_statistics=["idx", "at", "mark", "actor", "type", "source"],
        ) as file:  # fmt: skip
            for table in _grouped(tables):
                file.write_table(table, row_group_size=GROUP)
                first = table["idx"][0].as_py() if first < 0 else first
                stop = table["idx"][-1].as_py() + 1
                span = pc.min_max(table["at"]).as_py()
                since, until = min(since, span["min"]), max(until, span["max"])
        length, crc = fingerprint(draft)
        part = Part(first, stop, day, since, until, length, crc)
        draft.replace(folder / part.name)
    except BaseException:
        with suppress(OSError):
            draft.unlink(missing_ok=True)
        raise
    return part


def rows(folder: Path, parts: Sequence[Part]) -> Iterator[pa.Table]:
    """The rows of several parts, in order; a thread reads on while somebody works with what was read."""
    import pyarrow as pa

    with ThreadPoolExecutor(1, thread_name_prefix="index-rows") as beside:
        groups = _groups(folder, parts)
        coming = beside.submit(next, groups, None)
        while (table := coming.result()) is not None:
            coming = beside.submit(next, groups, None)
            yield table
            del table
    pa.default_memory_pool().release_unused()


def _groups(folder: Path, parts: Sequence[Part]) -> Iterator[pa.Table]:
    from pyarrow import parquet

    for part in parts:
        with parquet.ParquetFile(folder / part.name, page_checksum_verification=True) as file:
            for group in range(file.num_row_groups):
                table = file.read_row_group(group, use_threads=True)
                yield table.cast(schema()) if table.schema != schema() else table
                del table


@cache
def frugal() -> None:
    """Let pyarrow take memory from jemalloc, which gives and takes large pieces with half the page faults of its default."""
    import pyarrow as pa

    with suppress(NotImplementedError):  # a pyarrow built without it
        pa.set_memory_pool(pa.jemalloc_memory_pool())


def fingerprint(path: Path) -> tuple[int, int]:
    """Length and CRC-32 of a file; (-1, 0) when it cannot be read."""
    crc = length = 0
    try:
        with path.open("rb") as file:
            while chunk := file.read(1 << 20):
                crc, length = zlib.crc32(chunk, crc), length + len(chunk)
    except OSError:
        return -1, 0
    return length, crc


def whole(folder: Path, part: Part, *, deep: bool) -> bool:
    """Whether the part's file is there at its length; ``deep``: and every byte as it was written."""
    path = folder / part.name
    try:
        return path.stat().st_size == part.length and (not deep or fingerprint(path) == (part.length, part.crc))
    except OSError:
        return False


def _grouped(tables: Iterable[pa.Table]) -> Iterator[pa.Table]:
    """Small tables put together until they fill a group."""
    import pyarrow as pa

    waiting: list[pa.Table] = []
    count = 0
    for table in tables:
        waiting.append(table)
        count += table.num_rows
        if count >= GROUP:
            yield pa.concat_tables(waiting).combine_chunks()
            waiting, count = [], 0
    if waiting:
        yield pa.concat_tables(waiting).combine_chunks()
