"""Where a log's archive lies: a folder, or a bucket of an S3-compatible store (`buckets`). One way to use both; no Django."""

from __future__ import annotations

import errno
import os
import re
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from fanghu.retention.problems import fault
from fanghu.tlog.note import Verifier
from fanghu.tlog.report import Report
from fanghu.tlog.verify import verify_folder

LAST = "checkpoint"
_NAME = re.compile(r"checkpoint|pruned|frames/(?:tail|\d{16}\.blocks)|tile/\d{1,2}(?:/x?\d{3})+(?:\.p/\d{1,3})?")


class Store(Protocol):
    """Files of one log by their names in its folder. Every method raises a Fault with one sentence when it cannot."""

    def sizes(self) -> Mapping[str, int]:
        """What lies there, and how many bytes each."""

    def put(self, name: str, data: Path | bytes) -> int:
        """Write a file whole, durably, or not at all; its size. FileNotFoundError when ``data`` is gone."""

    def checkpoint(self) -> bytes:
        """The checkpoint that lies there."""

    def drop(self, name: str) -> None:
        """Let a file go that the log does not hold any more."""

    def local(self, scratch: Path) -> Path:
        """A folder of this machine that holds all of it: ``scratch``, filled, where it lies elsewhere."""

    def verified(self, log: Path, keys: Sequence[Verifier]) -> Report:
        """What verification says of what lies there; ``log`` is what it was copied from."""


class FolderStore:
    """A folder, such as a disk that was mounted for it. It is a log folder itself: `fanghu log verify` judges it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def sizes(self) -> Mapping[str, int]:
        """See `Store`."""
        return {name: (self.folder / name).stat().st_size for name in files(self.folder)}

    def put(self, name: str, data: Path | bytes) -> int:
        """See `Store`."""
        return write(self.folder / name, data)

    def checkpoint(self) -> bytes:
        """See `Store`."""
        return (self.folder / LAST).read_bytes()

    def drop(self, name: str) -> None:
        """See `Store`."""
        (self.folder / name).unlink(missing_ok=True)

    def local(self, scratch: Path) -> Path:
        """See `Store`; Fault FH-RET-19 where nothing lies."""
        if not any(self.folder.glob("*")):
            raise fault("FH-RET-19")
        return self.folder

    def verified(self, log: Path, keys: Sequence[Verifier]) -> Report:
        """See `Store`."""
        return verify_folder(self.folder, keys=keys)


def files(folder: Path) -> list[str]:
    """Names of every file below a folder."""
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def lasting(name: str) -> bool:
    """Whether a file never changes once it is whole: a segment (not its length, which grows) or a full tile."""
    return (name.startswith("frames/") and not name.endswith("tail")) or (
        name.startswith("tile/") and ".p/" not in name
    )


def belongs(name: str) -> bool:
    """Whether a log folder has files of such a name."""
    return _NAME.fullmatch(name) is not None


def drafted(name: str) -> bool:
    """Whether it is what a copy that was cut short left."""
    folder, slash, last = name.rpartition("/")
    return last.startswith(".") and last.endswith(".new") and belongs(f"{folder}{slash}{last[1:-4]}")


def write(to: Path, data: Path | bytes) -> int:
    """A file written beside its place, synced, and put there; its size."""
    to.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = to.with_name(f".{to.name}.new")
    try:
        if isinstance(data, Path):
            shutil.copyfile(data, draft)
        else:
            draft.write_bytes(data)
        sync(draft)
        draft.replace(to)
    except OSError:
        draft.unlink(missing_ok=True)
        raise
    sync(to.parent)
    return to.stat().st_size


@contextmanager
def disk() -> Iterator[None]:
    """What a disk refuses, in one sentence: FH-RET-14 when it is full, else FH-RET-17."""
    try:
        yield
    except OSError as why:
        raise fault("FH-RET-14" if why.errno in {errno.ENOSPC, errno.EDQUOT} else "FH-RET-17") from None


def sync(path: Path) -> None:
    """Make a file's bytes or a folder's names durable."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
