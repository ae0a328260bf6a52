"""Entries read for new parts of a lake: rows, filters, and the log's root where a part ends; in threads, ahead of the writing."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING

from fanghu.auditlog.lake.bloom import Cells, bloom
from fanghu.auditlog.lake.columns import table_of
from fanghu.auditlog.lake.filters import GROUP
from fanghu.auditlog.vault import SealedLog

if TYPE_CHECKING:
    import pyarrow as pa

READERS = 2
MUCH = 16_384
"""Entries that, sealed while others are read, are a part at once."""


def read_ahead(
    log: SealedLog, at: int, limit: int | None, until: float | None
) -> Iterator[tuple[pa.Table, str, Cells | None]]:
    """Rows of new parts from entry ``at`` on with the log's root where each ends, and their filters; while one is written, threads read the next.

    What is sealed meanwhile comes too if it is much. ``limit``: entries at most; ``until``: the moment (monotonic) after
    which no part is begun any more.
    """

    def part(start: int, end: int) -> tuple[pa.Table, str, Cells | None]:
        table, cells = read(log, start, end)
        return table, root_of(log, end), cells

    size = log.size
    goal, most = size, 2**62 if limit is None else at + limit
    with ThreadPoolExecutor(READERS, thread_name_prefix="index") as beside:
        coming: deque[Future[tuple[pa.Table, str, Cells | None]]] = deque()
        while True:
            while len(coming) <= READERS and (until is None or time.monotonic() < until):
                least = 1 if at < goal else MUCH
                if size - at < least:
                    size = log.size
                stop = min(size, most, at - at % GROUP + GROUP)
                if stop <= at or size - at < least:
                    break
                coming.append(beside.submit(part, at, stop))
                at = stop
            if not coming:
                return
            yield coming.popleft().result()


def read(log: SealedLog, start: int, stop: int) -> tuple[pa.Table, Cells | None]:
    """Rows and filters of the entries ``start`` … ``stop - 1``."""
    library = bloom()
    cells = None if library is None else library.cells(start, stop)
    return table_of(log.reader.runs(start, stop), cells), cells


def root_of(log: SealedLog, size: int) -> str:
    """The log's root (hex) when it held ``size`` entries."""
    now = log.checkpoint
    return now.root.hex() if now.size == size else log.reader.root(size).hex()
