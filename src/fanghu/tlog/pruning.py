"""Letting go of a log's oldest entries as C2SP tlog-tiles defines it, so that every proof about the rest stays valid.

The log holds entries from its *minimum index* on. That index, and the root over all that is gone, stand in a record: an entry
whose raw part is a note of five lines signed by the log's key: origin, ``pruning/v1``, index of the record, minimum index,
root. Only after it is sealed are whole segments removed; hash tiles stay. The file ``pruned`` says where the record is.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from fanghu.tlog.damage import BadNote
from fanghu.tlog.entry import Entry, Envelope, Small, encode, well_formed
from fanghu.tlog.frames import SEGMENT
from fanghu.tlog.note import Note, Signer, Verifier

HEADING = "pruning/v1"
POINTER = "pruned"
KIND = "log.pruned"

_POINTER = re.compile(rb"fanghu/pruned/v1\n([1-9][0-9]{0,18})\n([1-9][0-9]{0,18})\n")
_TEXT = re.compile(r"([^\n]+)\npruning/v1\n([1-9][0-9]{0,18})\n([1-9][0-9]{0,18})\n([A-Za-z0-9+/]{43}=)\n")


@dataclass(frozen=True, slots=True)
class Pruned:
    """``first`` is the minimum index (a multiple of 65,536), ``record`` the index of the entry that says so, ``root``
    that of the first ``first`` entries (empty where only the pointer was read).
    """

    first: int = 0
    record: int = -1
    root: bytes = b""

    def __bytes__(self) -> bytes:
        """The file ``pruned``."""
        return b"fanghu/pruned/v1\n%d\n%d\n" % (self.first, self.record)


WHOLE = Pruned()
"""A log that still holds every entry."""


def pointer(data: bytes) -> Pruned | None:
    """What a file ``pruned`` says; None when it is not written exactly so."""
    match = _POINTER.fullmatch(data)
    if match is None:
        return None
    found = Pruned(int(match[1]), int(match[2]))
    return found if found.first % SEGMENT == 0 and found.record >= found.first else None


def standing(folder: Path) -> Pruned:
    """What the folder's file says, taken at its word."""
    try:
        return pointer((folder / POINTER).read_bytes()) or WHOLE
    except OSError:
        return WHOLE


def record(signer: Signer, pruned: Pruned, decided: Mapping[str, Small], now: datetime) -> bytes:
    """The entry that will stand at ``pruned.record``; ``decided``: small named values, such as who decided it and why."""
    text = "".join(
        f"{line}\n"
        for line in (signer.name, HEADING, pruned.record, pruned.first, base64.b64encode(pruned.root).decode())
    )
    envelope = Envelope(
        id=f"{KIND}/{pruned.record}",
        kind="meta",
        source=signer.name,
        received_at=now.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
        type=KIND,
        outcome="success",
        detail={**decided, "first": pruned.first, "root": pruned.root.hex()},
    )
    return encode(envelope, bytes(Note(text.encode(), (signer.sign(text.encode()),))))


def recorded(entry: bytes | None, said: Pruned, keys: Sequence[Verifier]) -> Pruned | None:
    """What the entry at ``said.record`` records; None unless it is a record of that pruning, signed by one of ``keys``.

    The signature matters although the log is signed: who can write the folder could slip an entry into the tail.
    """
    if entry is None or not well_formed(entry):
        return None
    try:
        note = Note.parse(Entry(entry).raw)
        match = _TEXT.fullmatch(note.text.decode())
    except (BadNote, UnicodeDecodeError):
        return None
    if match is None or not note.signed_by([key for key in keys if key.name == match[1]]):
        return None
    found = Pruned(int(match[3]), int(match[2]), base64.b64decode(match[4]))
    return found if (found.first, found.record) == (said.first, said.record) else None
