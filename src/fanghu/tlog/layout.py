"""Making an empty log, and the one way to put a whole file into its place."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from fanghu.tlog import frames, merkle
from fanghu.tlog.checkpoint import Checkpoint
from fanghu.tlog.damage import LogBusy, LogRefuses
from fanghu.tlog.files import Files
from fanghu.tlog.note import Signer


def lay_out(folder: Path, signer: Signer, scratch: Path, files: Files) -> None:
    """Lay out an empty log, checkpoint last; entries without a checkpoint are left for `recover` to refuse."""
    tail = folder / "frames" / "tail"
    if (folder / "checkpoint").exists():
        return
    if folder.exists():
        present = {p for p in folder.rglob("*") if not p.is_dir()}
        parsed = frames.parse_tail(tail.read_bytes()) if tail in present else frames.Tail()
        if present - {tail} or parsed is None or parsed.size:
            return
    try:
        for path in (folder, folder / "frames", folder / "tile"):
            files.mkdir(path)
        put(tail, frames.tail_head(0, files.salt()), scratch, files)
        files.sync_folder(tail.parent)
        # the time 0 says: nothing sealed yet
        empty = Checkpoint(signer.name, 0, merkle.EMPTY_ROOT).signed(signer, datetime.fromtimestamp(0, UTC))
        put(folder / "checkpoint", empty.note, scratch, files)
        files.sync_folder(folder)
        files.sync_folder(folder.parent)
    except OSError as error:
        raise LogRefuses(reason(error)) from error


def put(path: Path, data: bytes, scratch: Path, files: Files) -> None:
    """Write a whole file beside the lock, make it durable, then give it its name."""
    descriptor = files.open(scratch, create=True)
    try:
        files.truncate(descriptor, 0)
        files.write(descriptor, data)
        files.sync(descriptor)
    finally:
        files.close(descriptor)
    files.replace(scratch, path)


def trim(folder: Path, stale: Sequence[tuple[Path, int]], files: Files) -> None:
    """Cut files of a folder to the lengths given (0: remove), and make that durable."""
    for path, length in stale:
        if length == 0:
            files.unlink(path)
            continue
        descriptor = files.open(path)
        try:
            files.truncate(descriptor, length)
            files.sync(descriptor)
        finally:
            files.close(descriptor)
    files.sync_folder(folder)


def as_left(folder: Path, checkpoint: bytes, tail: int, length: int) -> bool:
    """Whether checkpoint and tail on disk are those a writer left: these bytes, this open file and so long."""
    try:
        standing = (folder / "checkpoint").read_bytes()
        there, ours = (folder / "frames" / "tail").lstat(), os.fstat(tail)
    except OSError:
        return False
    same = (there.st_dev, there.st_ino) == (ours.st_dev, ours.st_ino)
    return standing == checkpoint and same and ours.st_size == length


def close_quietly(descriptor: int) -> None:
    """Close a descriptor on the way out, whatever the disk says."""
    try:
        os.close(descriptor)
    except OSError:
        return


def reason(error: BaseException) -> str:
    """The system's own word for an error, without paths."""
    return os.strerror(error.errno) if isinstance(error, OSError) and error.errno else type(error).__name__


def claim(folder: Path) -> int:
    """Lock the log's folder itself too: who deletes the lock's file does not thereby let a second writer in."""
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError:
        return -1  # no folder: opening will say so
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        close_quietly(descriptor)
        raise LogBusy from error
    return descriptor
