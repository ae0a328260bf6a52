"""Whole segments hashed by processes of their own, one a core, for whoever verifies a long log.

A process (``python -m fanghu.tlog.segments FOLDER``) reads lines ``FIRST LENGTH`` and answers each, in order, with one byte
and 8,192: ``1`` and the segment's 256 hashes of level 1, or ``0`` and zeroes when anything about the segment is not as it
should be. It judges nothing: whoever asked looks at such a segment again and says what is wrong.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from fanghu.tlog import frames
from fanghu.tlog.loops import loops
from fanghu.tlog.snapshot import Snapshot
from fanghu.tlog.tiles import HASH, WIDTH

ENOUGH = 4
"""Segments from which starting processes pays."""

_ANSWER = 1 + WIDTH * HASH


def cores() -> int:
    """How many cores this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except (AttributeError, OSError):
        return os.cpu_count() or 1


def level_one(disk: Snapshot, begins: int) -> list[bytes] | None:
    """The 256 level-1 hashes of the full segment at ``begins``; None unless each of its bytes is as it should be."""
    name = f"frames/{frames.segment_name(begins)}"
    nodes: list[bytes] = []
    node = loops().node
    read, opening = 0, frames.Opening()
    for data, read in disk.blocks(name):  # noqa: B007 - where the last one ended is asked below
        bundle = opening.bundle(data, begins + len(nodes) * WIDTH)
        found = node(bundle) if bundle is not None and len(nodes) < WIDTH else None
        if found is None:
            return None
        nodes.append(found)
    return nodes if len(nodes) == WIDTH and read == disk.files[name] else None


class Crew:
    """Processes that hash segments ahead of their being asked for; fewer, or none, where the system allows no more."""

    def __init__(self, folder: Path, segments: Sequence[tuple[int, int]], workers: int) -> None:
        """``segments``: first entry and length in bytes of each, in the order they will be asked for."""
        self._workers: list[subprocess.Popen[bytes]] = []
        self._of: dict[int, subprocess.Popen[bytes]] = {}
        for number in range(min(workers, len(segments))):
            share = segments[number::workers]
            worker = _start(folder, "".join(f"{first} {length}\n" for first, length in share).encode())
            if worker is not None:
                self._workers.append(worker)
                self._of |= {first: worker for first, _length in share}

    def level_one(self, begins: int) -> list[bytes] | None:
        """A segment's 256 hashes of level 1; None when nobody vouches for it: look yourself."""
        worker = self._of.get(begins)
        if worker is None or worker.stdout is None:
            return None
        answer = worker.stdout.read(_ANSWER)
        if len(answer) < _ANSWER:  # it died
            self._of = {first: other for first, other in self._of.items() if other is not worker}
            return None
        return [answer[at : at + HASH] for at in range(1, _ANSWER, HASH)] if answer[:1] == b"1" else None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        for worker in self._workers:
            worker.kill()
            if worker.stdout is not None:
                worker.stdout.close()
            worker.wait()


def _start(folder: Path, work: bytes) -> subprocess.Popen[bytes] | None:
    """One process with its work; None when there can be none."""
    if not sys.executable:
        return None
    try:
        worker = subprocess.Popen(
            [sys.executable, "-m", "fanghu.tlog.segments", os.fspath(folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={"PATH": os.environ.get("PATH", ""), "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)},
        )
    except OSError:
        return None
    try:
        if worker.stdin is not None:
            worker.stdin.write(work)
            worker.stdin.close()
    except OSError:  # it died already; its answers will be missing
        pass
    return worker


def serve(folder: Path, work: BinaryIO, answers: BinaryIO) -> None:
    """Answer each line of ``work``."""
    lines = work.read().splitlines()  # all at once, so that whoever asks never waits with the asking
    for line in lines:
        begins, length = map(int, line.split())
        disk = Snapshot(folder)
        disk.files[f"frames/{frames.segment_name(begins)}"] = length
        try:
            nodes = level_one(disk, begins)
        except (OSError, MemoryError):
            nodes = None
        answers.write(b"1" + b"".join(nodes) if nodes else b"0" * _ANSWER)
        answers.flush()


if __name__ == "__main__":
    try:
        serve(Path(sys.argv[1]), sys.stdin.buffer, sys.stdout.buffer)
    except BrokenPipeError:  # nobody wants more
        os._exit(0)
