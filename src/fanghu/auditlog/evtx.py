"""A Windows event log (.evtx) as lines, read by a child process that a hostile file may kill without harm; no Django."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

from fanghu.auditlog.evtx_chunks import CHUNK, HEAD, MAGIC, READY, marker
from fanghu.faults import Fault

LARGEST = HEAD + 65_535 * CHUNK
"""Bytes; the format counts its chunks in sixteen bits."""
LOST = 3
"""After so many chunks that killed their reader, the file is refused."""
GROWTH, SPARE = 16, 8 << 20
"""JSON may take so many times the file's bytes, and so many more; honest records take three or four times."""
READER = (sys.executable, "-m", "fanghu.auditlog.evtx_child")


def is_evtx(path: Path) -> bool:
    """Whether it is a file that begins as an event log of Windows does; what cannot be read is told elsewhere."""
    try:
        if not path.is_file():
            return False
        with path.open("rb") as file:
            return file.read(len(MAGIC)) == MAGIC
    except OSError:
        return False


def hashed(path: Path) -> tuple[int, str]:
    """Size in bytes and SHA-256 (hex). Fault FH-LOG-54 for a file larger than the format allows, FH-LOG-20."""
    digest, size = hashlib.sha256(), 0
    try:
        with path.open("rb") as file:
            while block := file.read(1 << 20):
                digest.update(block)
                size += len(block)
                if size > LARGEST:
                    raise Fault("FH-LOG-54", f"{path.name} is larger than 4 GiB, which no .evtx file is.",
                                f"{path.name} 超過 4 GiB，並非有效的 .evtx 檔案。")  # fmt: skip
    except OSError as why:
        raise Fault(
            "FH-LOG-20", f"{path} cannot be read: {why.strerror}.", f"無法讀取 {path}：{why.strerror}。"
        ) from None
    return size, digest.hexdigest()


def lines_of(path: Path, size: int, reader: Sequence[str] = READER) -> Iterator[bytes]:
    """A line of JSON for each record within the first ``size`` bytes; what cannot be read is a line that says so.

    Raises Fault FH-LOG-55 for a file that is made to exhaust its reader, FH-LOG-56 where there is none. ``reader`` is the
    command of the child process.
    """
    end, number, lost, room = -(-(size - HEAD) // CHUNK), 0, 0, size * GROWTH + SPARE
    with path.open("rb") as file:
        while number < end:
            for lines in _chunks(reader, file, number, end):
                room -= sum(map(len, lines))
                if room < 0:
                    raise _unsafe(path)
                yield from lines
                number += 1
            if number == end:
                return
            lost += 1
            if lost == LOST:
                raise _unsafe(path)
            yield marker("killed", number, os.pread(file.fileno(), CHUNK, HEAD + number * CHUNK))
            number += 1


def _unsafe(path: Path) -> Fault:
    return Fault("FH-LOG-55", f"{path.name} cannot be read safely: it is made to exhaust its reader; nothing was imported.",
                 f"無法安全讀取 {path.name}：其內容會耗盡讀取程式的資源，未匯入任何資料。")  # fmt: skip


def _chunks(reader: Sequence[str], file: BinaryIO, first: int, end: int) -> Iterator[list[bytes]]:
    """The lines of one chunk after another until the last, or until one kills the child."""
    child = subprocess.Popen(
        [*reader, str(first), str(end)],
        stdin=file, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        env={"PATH": os.environ.get("PATH", ""), "PYTHONPATH": os.pathsep.join(part for part in sys.path if part)},
    )  # fmt: skip
    assert child.stdout is not None
    lines: list[bytes] = []
    try:
        if child.stdout.readline() != READY:
            raise Fault("FH-LOG-56", "The reader of .evtx files cannot be started; check the installation and the free memory.",
                        "無法啟動 .evtx 讀取程式；請檢查安裝與可用記憶體。")  # fmt: skip
        for line in child.stdout:
            if line == b"\n":
                yield lines
                lines = []
            else:
                lines.append(line[:-1])
    finally:
        child.stdout.close()
        child.kill()
        child.wait()
