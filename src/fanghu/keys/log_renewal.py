"""A log whose signing key is lost: closed as it is, and a new one begun whose first entry commits to it; no Django.

Nobody can sign for the old log any more, so it stays as it was last sealed, whole and verifiable with its public key. Each
step may be the last: doing it again finishes it. While the file of the next key is there, nobody else writes.
"""

from __future__ import annotations

import fcntl
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from fanghu.faults import Exit, Fault
from fanghu.keys import log_keys
from fanghu.keys.locations import LogPlaces
from fanghu.tlog.checkpoint import Checkpoint
from fanghu.tlog.damage import LogBusy, LogMissing
from fanghu.tlog.entry import Envelope, encode
from fanghu.tlog.files import Files
from fanghu.tlog.layout import close_quietly, put
from fanghu.tlog.note import Signer, new_key
from fanghu.tlog.reader import LogReader
from fanghu.tlog.writer import LogWriter

KIND = "log.begun-anew"


@dataclass(frozen=True, slots=True)
class Renewed:
    """The old log's last checkpoint and where it lies now, and the new log's first checkpoint."""

    old: Checkpoint
    closed: LogPlaces
    new: Checkpoint


def begin_anew(places: LogPlaces, now: datetime, *, files: Files | None = None) -> Renewed:
    """Close the log at ``places`` and begin a new one in its place.

    The new one's entry 0 holds the old one's last checkpoint; entries that were durable there and not sealed follow it.
    Fault FH-KEY-17 when the signing key is there; BadNote when the checkpoint is not of the pinned key; LogBusy, LogMissing.
    """
    files = files or Files()
    with _held(places.lock):
        if places.private_key.exists():
            raise Fault(
                "FH-KEY-17",
                "The log's signing key is there; to change it use `fanghu log rotate-key`.",
                "稽核紀錄的簽章金鑰仍在；如要更換請用 `fanghu log rotate-key`。",
                exit_code=Exit.NO,
            )
        if not places.next_key.exists():
            if not (places.folder / "checkpoint").exists():
                raise LogMissing(str(places.folder))
            name = f"fanghu/log/{secrets.token_hex(4)}"
            fresh = Signer(name, new_key(name)[0])
            _put(places.next_key, log_keys.private_text(fresh), 0o600, files)
        new = log_keys.read(places.next_key)
        closed = _closed(places, new.name, files)
        old = Checkpoint.verified(
            (closed.folder / "checkpoint").read_bytes(), [log_keys.trusted(closed.public_key).current]
        )
    first = _begun(places, new, old, closed, now, files)
    _put(places.public_key, str(new.verifier), 0o644, files)
    files.replace(places.next_key, places.private_key)
    files.sync_folder(places.private_key.parent)
    return Renewed(old, closed, first)


def _closed(places: LogPlaces, successor: str, files: Files) -> LogPlaces:
    """The old log under its new name, with its public key: first the key, so that a log never lies without."""
    closed = LogPlaces(places.home, f"closed-before-{successor.rpartition('/')[2]}")
    if not closed.folder.exists():
        key = log_keys.pinned(places.public_key, log=places.folder)
        if key.name == successor:  # the next key is that of a rotation
            raise log_keys.RotationUnderWay
        Checkpoint.verified((places.folder / "checkpoint").read_bytes(), [key])
        for before, after in (
            (places.public_key.with_suffix(".rotations"), closed.public_key.with_suffix(".rotations")),
            (places.public_key, closed.public_key),
        ):
            if before.exists():
                _put(after, before.read_text().rstrip("\n"), 0o644, files)
        files.mkdir(closed.folder.parent)
        files.replace(places.folder, closed.folder)
        files.sync_folder(closed.folder.parent)
        files.sync_folder(places.folder.parent)
    rotations = places.public_key.with_suffix(".rotations")
    if rotations.exists():
        files.unlink(rotations)
        files.sync_folder(rotations.parent)
    return closed


def _begun(
    places: LogPlaces, new: Signer, old: Checkpoint, closed: LogPlaces, now: datetime, files: Files
) -> Checkpoint:
    """The new log with its first entries, sealed."""
    with LogWriter.open(
        places.folder, origin=new.name, signer=new, lock_path=places.lock, create=True, files=files
    ) as writer:
        if writer.size == 0:
            envelope = Envelope(
                id=f"{KIND}/{new.name}",
                kind="meta",
                source=new.name,
                received_at=now.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
                type=KIND,
                outcome="success",
                detail={"origin": old.origin, "size": old.size, "root": old.root.hex(), "why": "signing key lost"},
            )
            left = [entry.data for _index, entry in LogReader(closed.folder).tail()]
            writer.append([encode(envelope, old.note), *left])
        return writer.seal(now)


@contextmanager
def _held(lock: Path) -> Iterator[None]:
    """The log's lock; LogBusy when somebody writes."""
    descriptor = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError as error:
        raise LogBusy from error
    finally:
        close_quietly(descriptor)


def _put(path: Path, text: str, mode: int, files: Files) -> None:
    put(path, f"{text}\n".encode(), path.with_name(f".{path.name}.new"), files)
    path.chmod(mode)
    files.sync_folder(path.parent)
