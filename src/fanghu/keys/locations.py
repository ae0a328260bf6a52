"""Where a data folder keeps what belongs to the log; no Django, so that verification needs none."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class LogPlaces:
    """A log's folder and, outside it, everything that must not lie in it; ``name`` is "" for this system's own log.

    Each log has an origin, a key, a lock and one writer of its own: the intake's is called ``intake``.
    """

    home: Path
    name: str = ""

    @classmethod
    def here(cls) -> LogPlaces:
        """Of the data folder in FANGHU_HOME (default: ``var`` in the checkout)."""
        return cls(Path(os.environ.get("FANGHU_HOME") or Path(__file__).resolve().parents[3] / "var"))

    @classmethod
    def all(cls, home: Path) -> list[LogPlaces]:
        """Every log that lies in ``home``, its own first."""
        others = sorted(path.name for path in (home / "logs").glob("*") if (path / "checkpoint").exists())
        return [cls(home), *(cls(home, name) for name in others)]

    @property
    def folder(self) -> Path:
        """The log itself: frames, tiles, checkpoint and nothing else."""
        return self.home / "logs" / self.name if self.name else self.home / "log"

    @property
    def lock(self) -> Path:
        """Held by whoever appends."""
        return self.home / "run" / f"log{self._suffix}.lock"

    @property
    def wanted(self) -> Path:
        """Made by who needs the log that another process holds all the time; that process then lets go of it for a while."""
        return self.home / "run" / f"log{self._suffix}.wanted"

    def ask_for(self) -> None:
        """Ask the holder of this log, if it is one that is held all the time, to let go of it for a while."""
        if self.name:
            self.wanted.parent.mkdir(mode=0o700, exist_ok=True)
            self.wanted.touch()

    @property
    def index(self) -> Path:
        """The search index, made from the log at will."""
        return self.home / "index" / "log.sqlite3"

    @property
    def public_key(self) -> Path:
        """The pinned verifier key: copy it off the machine."""
        return self.home / f"log-key{self._suffix}.pub"

    @property
    def witness_file(self) -> Path:
        """What a witness cosigned last, for ``fanghu log verify --witness``."""
        return self.home / f"log-witness{self._suffix}.txt"

    @property
    def private_key(self) -> Path:
        """The signing key (0600)."""
        return self.home / "keys" / f"log-signing{self._suffix}.key"

    @property
    def next_key(self) -> Path:
        """The signing key that is about to follow; there only while a rotation is under way."""
        return self.private_key.with_name(self.private_key.name + ".next")

    @property
    def _suffix(self) -> str:
        return f"-{self.name}" if self.name else ""
