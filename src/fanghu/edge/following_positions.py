"""How far each followed file was read, kept so that dying at any point neither loses nor doubles a line.

Before a batch is sent, its end is written down (``pending``); after it is durable the offset moves there. Who finds a
pending end sends exactly those bytes again under the same client and number: the sequencer knows whether it has them.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import secrets
import threading
from collections.abc import Iterable
from pathlib import Path

import msgspec

KEPT_FOR_A_PATH = 100
HEAD = 1_024
"""Bytes at a file's start, and before the offset, by which it is known again."""


class Position(msgspec.Struct, omit_defaults=True):
    """One file's life: its place in the log as ``client``, where it was when last seen, how far it was read.

    ``head`` and ``before`` are hex SHA-256 of its first ``head_size`` bytes and of ``before_size`` bytes before
    ``offset``; a rotated copy or a packed one is known by them, and a file that was emptied and grew again is not.
    """

    client: str
    path: str
    device: int
    inode: int
    offset: int = 0
    head: str = ""
    head_size: int = 0
    before: str = ""
    before_size: int = 0
    pending: int = 0
    pending_digest: str = ""
    finished: bool = False


class Cursor(msgspec.Struct, omit_defaults=True):
    """How far a journal was read: the cursor after which to go on, and what was sent and not yet known to be taken."""

    client: str
    cursor: str = ""
    number: int = 0
    pending: int = 0
    pending_digest: str = ""


class _Saved(msgspec.Struct, omit_defaults=True):
    files: list[Position] = []
    paths: dict[str, float] = {}
    journals: dict[str, Cursor] = {}


class Positions:
    """All positions of one process; holds the file's lock. BlockingIOError when another process follows already."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._path, self._saving = path, threading.Lock()
        self._lock = os.open(path.with_name(path.name + ".lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self._saved = self._load()
        except BaseException:
            os.close(self._lock)
            raise

    def _load(self) -> _Saved:
        try:
            return msgspec.json.decode(self._path.read_bytes(), type=_Saved)
        except FileNotFoundError:
            return _Saved()
        except msgspec.MsgspecError:
            self._path.replace(self._path.with_name(self._path.name + ".unreadable"))
            return _Saved()  # read again from the start: twice is better than never

    def close(self) -> None:
        """Let another process follow."""
        os.close(self._lock)

    def save(self) -> None:
        """Put it durably into its place."""
        with self._saving:  # threads of several followers
            draft = self._path.with_name(f".{self._path.name}.new")
            handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
            with os.fdopen(handle, "wb") as file:
                file.write(msgspec.json.encode(self._saved))
                file.flush()
                os.fdatasync(file.fileno())
            draft.replace(self._path)
            folder = os.open(self._path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)

    def of(self, path: str) -> list[Position]:
        """The files that were ever read as ``path``, oldest first."""
        return [position for position in self._saved.files if position.path == path]

    def begin(self, path: str, device: int, inode: int) -> Position:
        """A file read for the first time, or from its start again after it was emptied."""
        position = Position(client_of("follow", path), path, device, inode)
        mine = self.of(path)
        if len(mine) >= KEPT_FOR_A_PATH:
            self._saved.files.remove(mine[0])
        self._saved.files.append(position)
        return position

    def seen(self, path: str) -> float | None:
        """When ``path`` was looked at last (seconds since 1970), None when never."""
        return self._saved.paths.get(path)

    def see(self, path: str, at: float) -> None:
        """It was looked at now."""
        self._saved.paths[path] = at

    def journal(self, name: str) -> Cursor:
        """How far the journal of a source was read."""
        if name not in self._saved.journals:
            self._saved.journals[name] = Cursor(client_of("journal", name))
        return self._saved.journals[name]


def client_of(way: str, name: str) -> str:
    """A client's name that was never used before; short, for it stands in every entry."""
    return f"{way}:{name[-60:]}#{secrets.token_hex(4)}"


def digest_of(lines: Iterable[bytes]) -> str:
    """What a batch holds (hex SHA-256)."""
    return hashlib.sha256(b"\n".join(lines)).hexdigest()


def hash_of(data: bytes) -> str:
    """Hex SHA-256."""
    return hashlib.sha256(data).hexdigest()
