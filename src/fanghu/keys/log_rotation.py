"""A new signing key for a log: made, recorded in the log by both keys, then put in the old one's place; no Django.

Each step may be the last: doing it again finishes it. While the file of the next key is there, nobody else writes.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from fanghu.faults import Fault
from fanghu.keys import log_keys
from fanghu.keys.locations import LogPlaces
from fanghu.tlog import rotation
from fanghu.tlog.damage import BadNote, LogDamaged
from fanghu.tlog.files import Files
from fanghu.tlog.layout import put
from fanghu.tlog.note import Signer, Verifier, new_key
from fanghu.tlog.reader import LogReader
from fanghu.tlog.writer import LogWriter

LAST = 16
"""Entries from the end among which the record of a rotation cut short must be: nobody writes in between."""


@dataclass(frozen=True, slots=True)
class Rotated:
    """The key before, the key now, the statement both signed; ``finished``: one that had been cut short was finished."""

    old: Verifier
    new: Verifier
    statement: bytes
    finished: bool


def rotate(places: LogPlaces, now: datetime, *, files: Files | None = None) -> Rotated:
    """Give the log a new key; LogBusy while somebody writes to it, LogDamaged, LogMissing, LogRefuses.

    The statement is added to the file of rotations beside the public key, which becomes the new one.
    """
    files = files or Files()
    old = log_keys.signing(places)
    finished = places.next_key.exists()
    new = log_keys.read(places.next_key) if finished else Signer(old.name, new_key(old.name)[0])
    writer, done = _opened(places, old, new, finished, files)
    with writer:
        if not finished:
            _put(places.next_key, f"{log_keys.private_text(new)}\n".encode(), files)
        statement = _told(places, writer, old.verifier, now) if done else writer.rotate(new, now)
        known = log_keys.statements(places.public_key)
        if statement not in known:
            _put(places.public_key.with_suffix(".rotations"), rotation.joined([*known, statement]), files, mode=0o644)
        _put(places.public_key, f"{new.verifier}\n".encode(), files, mode=0o644)
        files.replace(places.next_key, places.private_key)
        files.sync_folder(places.private_key.parent)
    return Rotated(old.verifier, new.verifier, statement, finished)


def _opened(places: LogPlaces, old: Signer, new: Signer, finished: bool, files: Files) -> tuple[LogWriter, bool]:
    """The log, opened by the old key; or, where a rotation had come so far, by the new one (True)."""

    def opened(signer: Signer, other: Signer) -> LogWriter:
        return LogWriter.open(
            places.folder, origin=signer.name, signer=signer, lock_path=places.lock, create=False, files=files,
            retired=[other.verifier],
        )  # fmt: skip

    try:
        return opened(old, new), False
    except LogDamaged:
        if not finished:
            raise
        return opened(new, old), True


def _told(places: LogPlaces, writer: LogWriter, old: Verifier, now: datetime) -> bytes:
    """The statement of a rotation that the log has behind it already."""
    size = writer.seal(now).size
    for _index, entry in reversed(list(LogReader(places.folder).entries(max(writer.first, size - LAST), size))):
        try:
            if rotation.follow(old, [entry.raw]).current:
                return entry.raw
        except (BadNote, UnicodeDecodeError):
            continue
    raise Fault(
        "FH-KEY-16",
        "The log is under its next key but does not say since when; verify the log and restore a copy.",
        "日誌已使用新金鑰，卻沒有輪替的紀錄；請驗證日誌並自備份還原。",
    )


def _put(path: Path, data: bytes, files: Files, *, mode: int = 0o600) -> None:
    scratch = path.with_name(f".{path.name}.new")
    put(path, data, scratch, files)
    path.chmod(mode)
    files.sync_folder(path.parent)
