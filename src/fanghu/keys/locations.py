"""Where a data folder keeps what belongs to the log; no Django, so that verification needs none."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class LogPlaces:
    """The log's folder and, outside it, everything that must not lie in it."""

    home: Path

    @classmethod
    def here(cls) -> LogPlaces:
        """Of the data folder in FANGHU_HOME (default: ``var`` in the checkout)."""
        return cls(Path(os.environ.get("FANGHU_HOME") or Path(__file__).resolve().parents[3] / "var"))

    @property
    def folder(self) -> Path:
        """The log itself: frames, tiles, checkpoint and nothing else."""
        return self.home / "log"

    @property
    def lock(self) -> Path:
        """Held by whoever appends."""
        return self.home / "run" / "log.lock"

    @property
    def index(self) -> Path:
        """The search index, made from the log at will."""
        return self.home / "index" / "log.sqlite3"

    @property
    def public_key(self) -> Path:
        """The pinned verifier key: copy it off the machine."""
        return self.home / "log-key.pub"

    @property
    def private_key(self) -> Path:
        """The signing key (0600)."""
        return self.home / "keys" / "log-signing.key"
