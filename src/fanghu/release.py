"""Which Fanghu this is: its version and the hash of the lock file it was installed from."""

import hashlib
from functools import lru_cache
from pathlib import Path

VERSION = "0.1.0"
LOCK_FILE = Path(__file__).resolve().parents[2] / "requirements" / "run.txt"


@lru_cache(maxsize=1)
def lock_hash() -> str:
    """SHA-256 (hex) of the lock file, or "" where the product runs without it."""
    return hashlib.sha256(LOCK_FILE.read_bytes()).hexdigest() if LOCK_FILE.exists() else ""
