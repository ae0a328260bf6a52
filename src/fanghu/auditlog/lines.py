"""A log file read line by line in constant memory, and what makes one unfit to import; no Django."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from fanghu.auditlog import evtx
from fanghu.auditlog.parsers.reading import Stamp
from fanghu.auditlog.years import YearWalk
from fanghu.faults import Fault

MAX_LINE = 60_000  # bytes; an entry of the log holds 65,535 with its envelope
PACKED = {b"\x1f\x8b": "gzip", b"BZh": "bzip2", b"\xfd7zXZ": "xz", b"PK\x03\x04": "zip", b"(\xb5/\xfd": "zstd"}


@dataclass(frozen=True, slots=True)
class Survey:
    """What the first pass over a file found: its size and SHA-256 (hex), its lines, its years, whether a zone is missing."""

    size: int
    file_hash: str
    lines: int
    walk: YearWalk
    lacks_zone: bool


def survey(path: Path, stamp_of: Callable[[bytes], Stamp | None]) -> Survey:
    """Read the whole file once, before anything is imported.

    Raises Fault FH-LOG-20 … 24 when it is missing, no file, packed, binary, or holds a line too long for one entry.
    """
    if evtx.is_evtx(path):
        size, file_hash = evtx.hashed(path)
        return Survey(size, file_hash, sum(1 for _line in evtx.lines_of(path, size)), YearWalk(), lacks_zone=False)
    digest, walk, count, size, lacks = hashlib.sha256(), YearWalk(), 0, 0, False
    for number, line in enumerate(_open(path), 1):
        digest.update(line)
        size += len(line)
        if number == 1:
            for magic, name in PACKED.items():
                if line.startswith(magic):
                    raise Fault("FH-LOG-22", f"{path.name} is packed ({name}); unpack it first.",
                                f"{path.name} 是壓縮檔（{name}），請先解壓縮。")  # fmt: skip
        if b"\0" in line:
            raise Fault("FH-LOG-23", f"Line {number} of {path.name} holds binary data; import a text log.",
                        f"{path.name} 第 {number} 行含有二進位資料，請匯入文字格式的日誌檔。")  # fmt: skip
        if len(line) > MAX_LINE:
            raise Fault("FH-LOG-24", f"Line {number} of {path.name} is longer than {MAX_LINE} bytes; nothing was imported.",
                        f"{path.name} 第 {number} 行超過 {MAX_LINE} 位元組，未匯入任何資料。")  # fmt: skip
        if not line.strip():
            continue
        count += 1
        stamp = stamp_of(line)
        if stamp is None or (stamp.at is not None and stamp.at.tzinfo is not None):
            continue
        lacks = True
        if stamp.at is None:
            walk.step(stamp)
    return Survey(size, digest.hexdigest(), count, walk, lacks)


def lines_of(path: Path, size: int) -> Iterator[bytes]:
    """The lines within the first ``size`` bytes, without their line feed; blank lines are left out."""
    if evtx.is_evtx(path):
        yield from evtx.lines_of(path, size)
        return
    left = size
    for line in _open(path):
        left -= len(line)
        if left < 0:  # grew since it was surveyed; the rest is for the next import
            return
        if line.strip():
            yield line[:-1] if line.endswith(b"\n") else line


def _open(path: Path) -> Iterator[bytes]:
    if path.is_dir():
        raise Fault("FH-LOG-21", f"{path} is a folder; name one log file.", f"{path} 是資料夾，請指定一個日誌檔。")
    if path.exists() and not path.is_file():
        raise Fault(
            "FH-LOG-21", f"{path} is not a plain file; name one log file.", f"{path} 不是一般檔案，請指定一個日誌檔。"
        )
    try:
        with path.open("rb") as file:
            while line := file.readline(MAX_LINE + 1):
                yield line
    except OSError as why:
        raise Fault(
            "FH-LOG-20", f"{path} cannot be read: {why.strerror}.", f"無法讀取 {path}：{why.strerror}。"
        ) from None
