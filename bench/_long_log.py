"""A long log for the benchmarks: events varied as ``_log_events`` says, taken in and sealed by the product's own code.

Event follows event at 20 a second, so 20 million are eleven days and a half; each came in 0.3 s after it happened.
"""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from datetime import datetime, timedelta
from itertools import count, islice
from pathlib import Path

from _log_events import A_SECOND, BEGIN, events

from fanghu.auditlog.vault import SealedLog
from fanghu.edge.encoding import bundle_of
from fanghu.intake.plan import Source
from fanghu.tlog.bundle import Bundle
from fanghu.tlog.note import Signer
from fanghu.tlog.writer import LogWriter

SIGNER = Signer("bench.example/long", bytes(32))
SOURCE = Source("gateway", "ndjson", ["http"])
CHUNK, BATCH, AHEAD = 65_536, 1_024, 6


def sealed(base: Path, size: int) -> tuple[SealedLog, int]:
    """A log of ``size`` entries (rounded up to whole chunks) below ``base``, and how many bytes were sent in all."""
    numbers, raw = count(1), 0
    chunks = range(-(-size // CHUNK))
    with (
        LogWriter.open(base / "log", origin=SIGNER.name, signer=SIGNER, lock_path=base / "lock", create=True) as writer,
        ProcessPoolExecutor(2) as makers,
    ):
        left = iter(chunks)
        waiting = [makers.submit(_chunk, number) for number in islice(left, AHEAD)]
        for number in chunks:
            lines = waiting.pop(0).result()
            waiting += [makers.submit(_chunk, more) for more in islice(left, 1)]
            begin = _begin(number)
            for start in range(0, len(lines), BATCH):
                batch = lines[start : start + BATCH]
                came = begin + timedelta(seconds=(start + BATCH) / A_SECOND + 0.3)
                bundle = bundle_of(batch, SOURCE, "bench", next(numbers), 0, came)
                writer.append_bundles([Bundle.read(bundle)])
                raw += sum(map(len, batch))
                if start % (16 * BATCH) == 0:
                    writer.seal(came)
        writer.seal(begin + timedelta(seconds=CHUNK / A_SECOND))
    return SealedLog(base / "log", "long"), raw


def _begin(number: int) -> datetime:
    return BEGIN + timedelta(seconds=number * CHUNK / A_SECOND)


def _chunk(number: int) -> list[bytes]:
    return list(events(CHUNK, seed=100 + number, begin=_begin(number)))
