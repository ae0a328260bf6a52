"""A log's folder copied elsewhere, and put back: whole files, verified before they stand; no Django.

Files that never change again (whole segments, full tiles) are copied once; the checkpoint is written last, so that a copy
cut short is seen to be one, and goes on where it stopped.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from fanghu.retention.problems import fault
from fanghu.retention.stores import LAST, Store, belongs, disk, drafted, files, lasting, sync, write
from fanghu.tlog.checkpoint import Checkpoint
from fanghu.tlog.damage import BadNote, LogDamaged, LogMissing, LogPruned
from fanghu.tlog.note import Verifier
from fanghu.tlog.reader import LogReader, extends
from fanghu.tlog.report import Report
from fanghu.tlog.verify import verify_folder

TRIES = 5


@dataclass(frozen=True, slots=True)
class Copied:
    """What was copied: files, bytes, and what verification said of the copy."""

    files: int
    size: int
    report: Report


@disk()
def copy(log: Path, to: Store, keys: Sequence[Verifier]) -> Copied:
    """Bring ``to`` up to the log as it stands; a log that is written to meanwhile is looked at again.

    Raises Fault FH-RET-07 for a place that is neither empty nor an archive, FH-RET-08 when the copy does not verify,
    14 and 17 for a disk that is full or refuses, 18 and 20 when it would spoil the archive that lies there.
    """
    there = [name for name in to.sizes() if not drafted(name)]
    if there and (
        not all(map(belongs, there)) or not any(name == LAST or name.startswith("frames/") for name in there)
    ):
        raise fault("FH-RET-07")
    if LAST in there:
        _goes_on(log, to.checkpoint(), keys)
    count = size = 0
    for _try in range(TRIES):
        more, length = _bring(log, to)
        count, size = count + more, size + length
        report = to.verified(log, keys)
        if report.ok:
            return Copied(count, size, report)
    raise fault("FH-RET-08")


@disk()
def restore(archive: Store, log: Path, keys: Sequence[Verifier]) -> Copied:
    """Put an archived log where none stands, or give one the files it lost. Faults FH-RET-08, 09, 14, 17; nothing half-done stands.

    Where a log stands, only what is missing from it is put back, and only if the whole verifies then.
    """
    log.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = log.with_name(f".{log.name}.restored")
    shutil.rmtree(draft, ignore_errors=True)
    try:
        at = archive.local(draft)
        if not verify_folder(at, keys=keys).ok:
            raise fault("FH-RET-08")
        return _filled(at, log, keys) if (log / LAST).exists() else _put_up(at, draft, log, keys)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _put_up(at: Path, draft: Path, log: Path, keys: Sequence[Verifier]) -> Copied:
    """A whole log where none stands: copied beside its place and verified there, unless it lies there already."""
    if log.exists() and any(log.iterdir()):
        raise fault("FH-RET-09")
    names = files(at)
    if at != draft:
        for name in names:
            write(draft / name, at / name)
    report = verify_folder(draft, keys=keys)
    if not report.ok:
        raise fault("FH-RET-08")
    if log.exists():
        log.rmdir()
    draft.rename(log)
    sync(log.parent)
    return Copied(len(names), sum((log / name).stat().st_size for name in names), report)


def _filled(at: Path, log: Path, keys: Sequence[Verifier]) -> Copied:
    """A standing log with the files that it lacked: the immutable ones, and all where nothing came since the archive."""
    same = len({(folder / LAST).read_bytes().partition(b"\n\n")[0] for folder in (at, log)}) == 1
    missing = [name for name in files(at) if (same or lasting(name)) and not (log / name).exists()]
    try:
        size = sum(write(log / name, at / name) for name in missing)
        report = verify_folder(log, keys=keys)
        if not report.ok:
            raise fault("FH-RET-09")
    except BaseException:
        for name in missing:
            (log / name).unlink(missing_ok=True)
        raise
    return Copied(len(missing), size, report)


def _goes_on(log: Path, archived: bytes, keys: Sequence[Verifier]) -> None:
    """Refuse to lay a log over what it does not extend, or a damaged one over a copy that may be all that is left of it."""
    try:
        kept = Checkpoint.parse(archived)
    except BadNote:
        raise fault("FH-RET-07") from None
    try:
        extended = extends(LogReader(log), kept)
    except LogPruned:  # let go since by two people's decision, so its root cannot be made again
        extended = kept.origin == LogReader(log).checkpoint().origin
    except (LogDamaged, LogMissing, BadNote):
        raise fault("FH-RET-20") from None
    if not extended:
        raise fault("FH-RET-18")
    if not verify_folder(log, keys=keys).ok:
        raise fault("FH-RET-20")


def _bring(log: Path, to: Store) -> tuple[int, int]:
    """Copy what differs, the checkpoint last; what the log does not hold any more goes from the copy."""
    checkpoint = (log / LAST).read_bytes()  # first: what it covers is in the files read after it
    there, count, size = to.sizes(), 0, 0
    names = [name for name in files(log) if name != LAST]
    for name in names:
        try:
            if lasting(name) and there.get(name) == (log / name).stat().st_size:
                continue
            size += to.put(name, log / name)
        except FileNotFoundError:  # outgrown meanwhile; the next try sees what took its place
            continue
        count += 1
    for stale in there.keys() - {*names, LAST}:
        to.drop(stale)
    return count + 1, size + to.put(LAST, checkpoint)
