"""Room on the disk: a floor below which nothing more is taken, and a reserve that a person may free in need."""

from __future__ import annotations

import os
from pathlib import Path

FLOOR = 64 << 20
"""Free bytes below which the intake refuses."""
RESERVE = 64 << 20
"""Bytes of run/intake-reserve: never given up by itself; delete the file to have room to mend things."""


def reserve(home: Path, size: int = RESERVE) -> bool:
    """Reserve the room, once; whether it is there."""
    path = home / "run" / "intake-reserve"
    try:
        if path.exists() and path.stat().st_size >= size:
            return True
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            os.posix_fallocate(handle, 0, size)
        finally:
            os.close(handle)
    except OSError:
        path.unlink(missing_ok=True)
        return False
    return True


def free(home: Path) -> int:
    """Bytes that an ordinary process may still write."""
    found = os.statvfs(home)
    return found.f_bavail * found.f_frsize
