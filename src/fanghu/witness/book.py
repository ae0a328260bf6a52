"""What a witness remembers: its key, and of every log the newest checkpoint it vouched for. It never goes back."""

from __future__ import annotations

import base64
import fcntl
import os
import secrets
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path

import msgspec

from fanghu.faults import Exit, Fault
from fanghu.tlog.checkpoint import Checkpoint
from fanghu.tlog.note import Signer
from fanghu.witness.cosigning import Seen


class Kept(msgspec.Struct, frozen=True):
    """One log's file."""

    origin: str
    size: int
    root: str


class Book:
    """A folder, held by one process: ``key`` (0600) and one file for each log, each written whole and durable."""

    def __init__(self, folder: Path, name: str) -> None:
        """Open or begin the folder; ``name`` names the key of a new one. Faults FH-WIT-01 … 03."""
        self.folder = folder
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._lock = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(self._lock)
            raise Fault(
                "FH-WIT-01",
                f"Another witness works in {folder}; stop it first.",
                f"另一個見證程式正使用 {folder}；請先停止。",
                exit_code=Exit.BUSY,
            ) from None
        try:
            self.signer = self._key(name)
            self._seen = self._read()
        except BaseException:
            self.close()
            raise

    @property
    def seen(self) -> Mapping[str, Seen]:
        """The newest checkpoint of each log, by origin."""
        return self._seen

    def remember(self, checkpoint: Checkpoint) -> None:
        """Keep a checkpoint before it is vouched for. ValueError when that would go back; OSError when the disk fails."""
        last = self._seen.get(checkpoint.origin, Seen())
        if checkpoint.size < last.size:
            raise ValueError("a witness never goes back")
        kept = Kept(checkpoint.origin, checkpoint.size, checkpoint.root.hex())
        name = sha256(checkpoint.origin.encode()).hexdigest()[:32]
        _write(self.folder / f"{name}.json", msgspec.json.encode(kept))
        self._seen[checkpoint.origin] = Seen(checkpoint.size, checkpoint.root)

    def close(self) -> None:
        """Let the folder go."""
        if self._lock >= 0:
            os.close(self._lock)
        self._lock = -1

    def _key(self, name: str) -> Signer:
        path = self.folder / "key"
        if not path.exists():
            if any(self.folder.glob("*.json")):
                raise Fault("FH-WIT-02", "The witness's key is missing; restore it, or begin a new witness in another folder.",
                            "找不到見證金鑰；請還原，或於其他資料夾建立新的見證。")  # fmt: skip
            text = f"{name}\n{base64.b64encode(secrets.token_bytes(32)).decode()}\n"
            _write(path, text.encode())
        try:
            kept, encoded = path.read_text().split("\n", 1)
            return Signer(kept, base64.b64decode(encoded.strip(), validate=True))
        except (OSError, ValueError):
            raise Fault(
                "FH-WIT-03", "The witness's key cannot be read; restore it.", "見證金鑰無法讀取；請還原。"
            ) from None

    def _read(self) -> dict[str, Seen]:
        found: dict[str, Seen] = {}
        for path in self.folder.glob("*.json"):
            try:
                kept = msgspec.json.decode(path.read_bytes(), type=Kept)
                found[kept.origin] = Seen(kept.size, bytes.fromhex(kept.root))
            except (msgspec.MsgspecError, ValueError):
                raise Fault(
                    "FH-WIT-04",
                    f"{path.name} is spoilt, so nothing is vouched for; restore it, or begin a new witness with a new key.",
                    f"{path.name} 已損毀，因此停止見證；請還原，或以新金鑰建立新的見證。",
                ) from None
        return found


def _write(path: Path, data: bytes) -> None:
    draft = path.with_suffix(".new")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        os.write(handle, data)
        os.fsync(handle)
    finally:
        os.close(handle)
    draft.replace(path)
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
