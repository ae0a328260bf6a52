"""A log's folder copied elsewhere, and put back: whole files, verified before they stand; no Django.

A copy is a log folder like any other: `fanghu log verify DIR` judges it. Files that never change again (whole segments,
full tiles) are copied once; the checkpoint is written last, so that a copy cut short is seen to be one.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from fanghu.retention.problems import fault
from fanghu.tlog.note import Verifier
from fanghu.tlog.report import Report
from fanghu.tlog.verify import verify_folder

TRIES = 5
LAST = "checkpoint"


@dataclass(frozen=True, slots=True)
class Copied:
    """What was copied: files, bytes, and what verification said of the copy."""

    files: int
    size: int
    report: Report


def copy(log: Path, to: Path, keys: Sequence[Verifier]) -> Copied:
    """Bring ``to`` up to the log as it stands; a log that is written to meanwhile is looked at again.

    Raises Fault FH-RET-07 for a folder that is neither empty nor an archive, FH-RET-08 when the copy does not verify.
    """
    if to.exists() and any(to.iterdir()) and not (to / LAST).exists() and not (to / "frames").exists():
        raise fault("FH-RET-07")
    files = size = 0
    for _try in range(TRIES):
        more, length = _bring(log, to)
        files, size = files + more, size + length
        report = verify_folder(to, keys=keys)
        if report.ok:
            return Copied(files, size, report)
    raise fault("FH-RET-08")


def restore(archive: Path, log: Path, keys: Sequence[Verifier]) -> Copied:
    """Put an archived log where none stands, or give one the files it lost. Faults FH-RET-08, 09; nothing half-done stands.

    Where a log stands, only what is missing from it is put back, and only if the whole verifies then.
    """
    if not verify_folder(archive, keys=keys).ok:
        raise fault("FH-RET-08")
    if not (log / LAST).exists():
        draft = log.with_name(f".{log.name}.restored")
        shutil.rmtree(draft, ignore_errors=True)
        files, size = _bring(archive, draft)
        report = verify_folder(draft, keys=keys)
        if not report.ok or (log.exists() and any(log.iterdir())):
            shutil.rmtree(draft)
            raise fault("FH-RET-08" if not report.ok else "FH-RET-09")
        if log.exists():
            log.rmdir()
        draft.rename(log)
        _sync(log.parent)
        return Copied(files, size, report)
    return _fill(archive, log, keys)


def _fill(archive: Path, log: Path, keys: Sequence[Verifier]) -> Copied:
    """Give a standing log the immutable files that it lacks."""
    missing = [name for name in _files(archive) if _lasting(name) and not (log / name).exists()]
    size = sum(_copy(archive / name, log / name) for name in missing)
    report = verify_folder(log, keys=keys)
    if not report.ok:
        for name in missing:
            (log / name).unlink()
        raise fault("FH-RET-09")
    return Copied(len(missing), size, report)


def _bring(log: Path, to: Path) -> tuple[int, int]:
    """Copy what differs, the checkpoint last; what the log does not hold any more goes from the copy."""
    checkpoint = (log / LAST).read_bytes()  # first: what it covers is in the files read after it
    files = size = 0
    names = [name for name in _files(log) if name != LAST]
    for name in names:
        there = to / name
        if _lasting(name) and there.exists() and there.stat().st_size == (log / name).stat().st_size:
            continue
        try:
            size += _copy(log / name, there)
        except FileNotFoundError:  # outgrown meanwhile; the next try sees what took its place
            continue
        files += 1
    for stale in set(_files(to)) - {*names, LAST}:
        (to / stale).unlink()
    _write(to / LAST, checkpoint)
    return files + 1, size + len(checkpoint)


def _files(folder: Path) -> Iterator[str]:
    return iter(sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()))


def _lasting(name: str) -> bool:
    """Whether a file never changes once it is whole: a segment (not its length, which grows) or a full tile."""
    return (name.startswith("frames/") and not name.endswith("tail")) or (
        name.startswith("tile/") and ".p/" not in name
    )


def _copy(source: Path, to: Path) -> int:
    to.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = to.with_name(f".{to.name}.new")
    shutil.copyfile(source, draft)
    _sync(draft)
    draft.replace(to)
    return to.stat().st_size


def _write(to: Path, data: bytes) -> None:
    draft = to.with_name(f".{to.name}.new")
    draft.write_bytes(data)
    _sync(draft)
    draft.replace(to)
    _sync(to.parent)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
