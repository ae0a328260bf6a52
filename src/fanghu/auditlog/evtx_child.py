"""Reads a Windows event log (.evtx, standard input) into lines of JSON, in a process of its own that may be lost.

``python -m fanghu.auditlog.evtx_child FIRST END``: chunks FIRST to END (from 0, END not among them). Each chunk's lines are
followed by an empty one, so that whoever reads knows which chunk was the last that did no harm. A file made to exhaust its
reader ends this process: by address space, by processor time for each chunk, by a crash.
"""

from __future__ import annotations

import os
import resource
import signal
import sys
from collections.abc import Callable, Iterable, Iterator
from io import BytesIO

import msgspec

from fanghu.auditlog.evtx_chunks import CHUNK, HEAD, NO_RECORD, READY, Span, bridged, checks, is_chunk, marker, spans
from fanghu.auditlog.lines import MAX_LINE

SPACE = 1 << 30  # bytes of address space
SECONDS = 20.0  # of processor time, for each chunk; an honest one takes milliseconds
MOST = 8 << 20  # bytes of JSON from one chunk; an honest one gives some hundred thousand


def main(read: Callable[[bytes, bytes, int], Iterable[bytes]] | None = None, seconds: float = SECONDS) -> None:
    """Write the lines of the chunks that were asked for; ``read`` reads one (head of the file, chunk, its number)."""
    first, end = int(sys.argv[-2]), int(sys.argv[-1])
    resource.setrlimit(resource.RLIMIT_AS, (SPACE, SPACE))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.signal(signal.SIGPROF, signal.SIG_DFL)  # ends the process even within the library
    import evtx  # noqa: F401 - a library in Rust, for this process alone; one that is missing is told at once

    sys.stdout.buffer.write(READY)
    sys.stdout.buffer.flush()
    head = os.pread(0, HEAD, 0)
    for number in range(first, end):
        chunk = os.pread(0, CHUNK, HEAD + number * CHUNK)
        signal.setitimer(signal.ITIMER_PROF, seconds)
        lines = list((read or lines_of)(head, chunk, number))
        signal.setitimer(signal.ITIMER_PROF, 0)
        sys.stdout.buffer.write(b"".join(line + b"\n" for line in lines) + b"\n")
        sys.stdout.buffer.flush()


def lines_of(head: bytes, chunk: bytes, number: int, most: int = MOST) -> Iterator[bytes]:
    """A line for each record of a chunk; for what cannot be read a marker that keeps its bytes.

    Of more than ``most`` bytes in all the chunk is kept as it is.
    """
    if not any(chunk):
        return
    if len(chunk) < CHUNK:
        yield marker("torn", number)
        chunk = chunk.ljust(CHUNK, b"\0")
    elif not is_chunk(chunk):
        yield marker("no-chunk", number, chunk)
        return
    elif not checks(chunk):
        yield marker("checksum", number)
    if not is_chunk(chunk):
        return
    found = spans(chunk)
    read = _read(head + bridged(chunk, found), most)
    if read is None:
        yield marker("too-much", number, chunk)
        return
    for span in found:
        yield _line(read, span, chunk, number)


def _line(read: dict[int, list[bytes]], span: Span, chunk: bytes, number: int) -> bytes:
    data = chunk[span.start : span.end]
    if span.record is None:
        return marker("no-record", number, data, span)
    lines = read.get(span.record)
    if not lines:
        return marker("unreadable", number, data, span)
    line = lines.pop(0)
    if len(line) >= MAX_LINE:
        return marker("too-long", number, data, span)
    return line if _is_json(line) else marker("unreadable", number, data, span)


def _is_json(line: bytes) -> bool:
    """The library writes the names of a record's fields as they stand in the file, which may forge or break the JSON."""
    try:
        msgspec.json.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return False
    return b"\n" not in line


def _read(file: bytes, most: int) -> dict[int, list[bytes]] | None:
    """What the library reads, by the record's number; None when it is more than ``most`` bytes."""
    from evtx import PyEvtxParser

    found: dict[int, list[bytes]] = {}
    size = 0
    records = iter(PyEvtxParser(BytesIO(file), number_of_threads=1).records_json())
    for _try in range(CHUNK):
        try:
            record = next(records)
        except StopIteration:
            break
        except RuntimeError:  # this one; the next may be read
            continue
        if record is None:
            break
        data = record["data"].encode("utf-8", "surrogatepass")
        size += len(data)
        if size > most:
            return None
        found.setdefault(record["event_record_id"], []).append(data)
    found.pop(NO_RECORD, None)
    return found


if __name__ == "__main__":
    main()
