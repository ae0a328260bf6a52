"""Files held between the check and the confirmation of an import: 0600, bound to one account, for half an hour."""

from __future__ import annotations

import hashlib
import json
import os
import re
import secrets
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings

from fanghu.register.problems import fault

HELD_FOR = timedelta(minutes=30)
_TOKEN = re.compile(r"^[0-9a-f]{32}$")


@dataclass(frozen=True, slots=True)
class Staged:
    """One held file: what it is for, whose it is, since when (epoch seconds), its name and SHA-256."""

    token: str
    purpose: str
    account: str
    since: float
    name: str
    file_hash: str


def stage(content: bytes, name: str, purpose: str, account: str, now: datetime) -> Staged:
    """Hold ``content`` for ``account``."""
    folder = _folder()
    file_hash = hashlib.sha256(content).hexdigest()
    staged = Staged(secrets.token_hex(16), purpose, account, now.timestamp(), Path(name).name[:120], file_hash)
    _write(folder / f"{staged.token}.file", content)
    _write(folder / f"{staged.token}.json", json.dumps(asdict(staged)).encode())
    return staged


def held(token: str, purpose: str, account: str, now: datetime) -> tuple[Staged, bytes]:
    """The held file and its bytes; Fault FH-REG-40 when it is not there, too old, altered, or somebody else's."""
    if not _TOKEN.match(token):
        raise fault("FH-REG-40")
    try:
        staged = Staged(**json.loads((_folder() / f"{token}.json").read_bytes()))
        content = (_folder() / f"{token}.file").read_bytes()
    except (OSError, ValueError, TypeError):
        raise fault("FH-REG-40") from None
    age = now.timestamp() - staged.since
    mine = (staged.purpose, staged.account) == (purpose, account)
    if not mine or not 0 <= age <= HELD_FOR.total_seconds() or hashlib.sha256(content).hexdigest() != staged.file_hash:
        raise fault("FH-REG-40")
    return staged, content


def release(token: str) -> None:
    """Remove a held file; none is no fault."""
    if _TOKEN.match(token):
        for ending in ("json", "file"):
            (_folder() / f"{token}.{ending}").unlink(missing_ok=True)


def sweep(now: datetime) -> int:
    """Remove what has been held too long; return how many files went."""
    oldest = now.timestamp() - HELD_FOR.total_seconds()
    gone = 0
    for path in _folder().iterdir():
        if path.stat().st_mtime < oldest:
            path.unlink(missing_ok=True)
            gone += 1
    return gone


def _folder() -> Path:
    folder: Path = settings.HOME / "staging"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def _write(path: Path, content: bytes) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
