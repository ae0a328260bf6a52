"""A small stage for log stories: a key, entries, a folder, and disks that fail on demand."""

from __future__ import annotations

import errno
import os
import random
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

from fanghu.tlog.entry import Envelope, encode
from fanghu.tlog.files import Files
from fanghu.tlog.note import Signer, Verifier
from fanghu.tlog.report import Report
from fanghu.tlog.verify import verify_folder
from fanghu.tlog.writer import LogWriter

NOW = datetime(2026, 11, 22, 8, 0, 5, tzinfo=UTC)
SIGNER = Signer("fanghu.example/log", bytes(range(32)))
KEYS: Sequence[Verifier] = [SIGNER.verifier]


def entries(start: int, stop: int) -> list[bytes]:
    """Short distinct entries."""
    return [
        encode(Envelope(f"{n:x}", "event", "s", "2026-11-22T08:00:00Z"), sha256(b"%d" % n).digest()[:3])
        for n in range(start, stop)
    ]


@dataclass(frozen=True)
class Stage:
    """A folder for one log and its lock beside it."""

    base: Path

    @property
    def folder(self) -> Path:
        """Where the log is."""
        return self.base / "log"

    def writer(self, files: Files | None = None, *, create: bool = True) -> LogWriter:
        """Open the log for writing."""
        return LogWriter.open(
            self.folder, origin=SIGNER.name, signer=SIGNER, lock_path=self.base / "lock", create=create, files=files
        )

    def verify(self, since: bytes | None = None) -> Report:
        """Verify with the right key."""
        return verify_folder(self.folder, keys=KEYS, since=since)

    def paths(self) -> list[Path]:
        """Every file of the log."""
        return sorted(p for p in self.folder.rglob("*") if p.is_file())


class Died(BaseException):
    """The machine is gone; nothing after this touches the disk."""


class MortalFiles(Files):
    """A disk under a machine that dies at its ``last``-th step (counted from 1; 0: never), a write half done."""

    def __init__(self, last: int = 0) -> None:
        self.last = last
        self.steps = 0

    def step(self) -> bool:
        """Count one step; True when it is the fatal one."""
        self.steps += 1
        if self.last and self.steps > self.last:
            raise Died
        return self.steps == self.last

    def mkdir(self, path: Path) -> None:
        """Dies before it."""
        if self.step():
            raise Died
        super().mkdir(path)

    def open(self, path: Path, *, create: bool = False) -> int:
        """Dies after it: a new file may stand there empty."""
        fatal = self.step()
        descriptor = super().open(path, create=create)
        if fatal:
            os.close(descriptor)
            raise Died
        return descriptor

    def write(self, descriptor: int, *pieces: bytes | bytearray) -> None:
        """Dies half way."""
        data = b"".join(pieces)
        if self.step():
            super().write(descriptor, data[: len(data) // 2])
            raise Died
        super().write(descriptor, data)

    def sync(self, descriptor: int) -> None:
        """Dies before it."""
        if self.step():
            raise Died
        super().sync(descriptor)

    def sync_folder(self, path: Path) -> None:
        """Dies before it."""
        if self.step():
            raise Died

    def truncate(self, descriptor: int, length: int) -> None:
        """Dies before it."""
        if self.step():
            raise Died
        super().truncate(descriptor, length)

    def replace(self, source: Path, target: Path) -> None:
        """Dies after it."""
        fatal = self.step()
        super().replace(source, target)
        if fatal:
            raise Died

    def unlink(self, path: Path) -> None:
        """Dies after it."""
        fatal = self.step()
        super().unlink(path)
        if fatal:
            raise Died

    def rmdir(self, path: Path) -> None:
        """Dies before it."""
        if self.step():
            raise Died
        super().rmdir(path)


class PowerCutFiles(MortalFiles):
    """A machine whose power fails: whatever was not synchronised, contents and names alike, is gone afterwards."""

    def __init__(self, folder: Path, last: int = 0) -> None:
        super().__init__(last)
        self.folder = folder
        self.contents: dict[int, bytes] = {}
        self.names: dict[Path, int | None] = {}
        """Durable names: a file's inode, or None for a folder."""
        self.held: list[int] = []
        """Descriptors that keep inodes from being used again, which would confuse the model."""
        for path in [folder, *folder.rglob("*")] if folder.exists() else []:
            self.names[path] = self._inode(path)
            if path.is_file():
                self.contents[path.stat().st_ino] = path.read_bytes()
                self.held.append(os.open(path, os.O_RDONLY))

    def _inode(self, path: Path) -> int | None:
        return None if path.is_dir() else path.stat().st_ino

    def open(self, path: Path, *, create: bool = False) -> int:
        """A new file has no durable content yet."""
        descriptor = super().open(path, create=create)
        inode = os.fstat(descriptor).st_ino
        if inode not in self.contents:
            self.contents[inode] = b""
            self.held.append(os.dup(descriptor))
        return descriptor

    def sync(self, descriptor: int) -> None:
        """Content becomes durable."""
        super().sync(descriptor)
        found = os.fstat(descriptor)
        self.contents[found.st_ino] = os.pread(descriptor, found.st_size, 0)

    def sync_folder(self, path: Path) -> None:
        """Names in a folder become durable."""
        super().sync_folder(path)
        for name in [n for n in self.names if n.parent == path]:
            del self.names[name]
        for child in path.iterdir():
            if child == self.folder or self.folder in child.parents:
                self.names[child] = self._inode(child)

    def cut(self, chance: random.Random | None = None) -> None:
        """Rebuild the folder from what was durable; with ``chance`` also from parts of what was not.

        A disk may have written some of it: names by the way of each, an append up to some byte or with sectors missing.
        """
        if chance is not None:
            self._keep_some(chance)
        for descriptor in self.held:
            os.close(descriptor)
        if self.folder.exists():
            shutil.rmtree(self.folder)
        for path in sorted(self.names):
            inode = self.names[path]
            if path != self.folder and not path.parent.is_dir():
                continue
            if inode is None:
                path.mkdir()
            else:
                path.write_bytes(self.contents[inode])

    def _keep_some(self, chance: random.Random) -> None:
        for descriptor in self.held:
            found = os.fstat(descriptor)
            durable, now = self.contents[found.st_ino], os.pread(descriptor, found.st_size, 0)
            if now[: len(durable)] == durable and len(now) > len(durable):
                added = bytearray(now[len(durable) : chance.randrange(len(durable), len(now) + 1)])
                if chance.random() < 0.5:
                    for sector in range(0, len(added), 512):
                        if chance.random() < 0.3:
                            added[sector : sector + 512] = bytes(len(added[sector : sector + 512]))
                self.contents[found.st_ino] = durable + added
        there = {path: self._inode(path) for path in self.folder.rglob("*")}
        for path in sorted(self.names.keys() | there.keys()):
            if chance.random() < 0.5 and path != self.folder:
                if path not in there:
                    del self.names[path]
                elif there[path] is None or there[path] in self.contents:
                    self.names[path] = there[path]


class FullDisk(MortalFiles):
    """A disk with no space from its ``last``-th step on: half of a write fits, then ENOSPC, until ``freed``."""

    freed = False

    def write(self, descriptor: int, *pieces: bytes | bytearray) -> None:
        """Fails when full."""
        data = b"".join(pieces)
        self.steps += 1
        if self.last and self.steps >= self.last and not self.freed:
            Files.write(self, descriptor, data[: len(data) // 2])
            raise OSError(errno.ENOSPC, "no space")
        Files.write(self, descriptor, data)

    def step(self) -> bool:
        """Nothing but writes needs space here."""
        return False


class SickDisk(Files):
    """A disk whose ``sick`` switch makes fdatasync fail."""

    sick = False

    def sync(self, descriptor: int) -> None:
        """Fails when sick."""
        if self.sick:
            raise OSError(errno.EIO, "sick")
        super().sync(descriptor)
