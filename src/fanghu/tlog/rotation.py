"""A log that goes on under a new key: the statement that old and new key sign, and whom to trust after it.

The statement is a signed note of five lines: origin, ``key-rotation/v1``, index of the entry that records it, old verifier key,
new verifier key. Both keys carry the log's origin as their name; the log's checkpoints are the new key's alone from then on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from fanghu.tlog.damage import BadNote
from fanghu.tlog.entry import Envelope, encode
from fanghu.tlog.note import Note, Signer, Verifier

HEADING = "key-rotation/v1"


@dataclass(frozen=True, slots=True)
class Succession:
    """The key whose checkpoints count now, and those before it, which count for checkpoints kept from then."""

    current: Verifier
    retired: tuple[Verifier, ...] = ()


def statement(old: Signer, new: Signer, index: int) -> bytes:
    """The note that both keys sign; entry ``index`` of the log will record it."""
    text = "".join(f"{line}\n" for line in (old.name, HEADING, index, old.verifier, new.verifier)).encode()
    return bytes(Note(text, (old.sign(text), new.sign(text))))


def record(old: Signer, new: Signer, index: int, now: datetime) -> bytes:
    """The entry that holds the statement, as its raw part."""
    envelope = Envelope(
        id=f"log.key-rotated/{index}",
        kind="meta",
        source=old.name,
        received_at=now.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
        type="log.key-rotated",
        outcome="success",
        detail={"old": str(old.verifier), "new": str(new.verifier)},
    )
    return encode(envelope, statement(old, new, index))


def follow(pinned: Verifier, statements: Sequence[bytes]) -> Succession:
    """Whom to trust who pinned one key and was given the rotations since, oldest first; BadNote when one does not follow."""
    found = Succession(pinned)
    for data in statements:
        found = Succession(_successor(found.current, data), (*found.retired, found.current))
    return found


def follow_from(pinned: Verifier, statements: Sequence[bytes]) -> Succession:
    """As `follow`, for whoever pinned any key of the line that the rotations make, the newest included.

    Keys before the pinned one are retired too: the statement that brought it in names its predecessor, and it signed that.
    BadNote when the pinned key is not of that line.
    """
    if not statements:
        return Succession(pinned)
    lines = Note.parse(statements[0]).text.decode().split("\n")
    found = follow(Verifier.parse(lines[3] if len(lines) > 3 else ""), statements)
    if pinned not in (found.current, *found.retired):
        raise _unfollowed()
    return found


def joined(statements: Sequence[bytes]) -> bytes:
    """Statements as they are kept in one file: an empty line between them."""
    return b"\n".join(statements)


def parted(data: bytes) -> list[bytes]:
    """The statements of such a file; they are not checked here."""
    parts = data.split(b"\n\n")
    return [
        text + b"\n\n" + signed.rstrip(b"\n") + b"\n" for text, signed in zip(parts[::2], parts[1::2], strict=False)
    ]


def _successor(old: Verifier, data: bytes) -> Verifier:
    """The new key of a statement that ``old`` and it have signed, and nobody else."""
    note = Note.parse(data)
    lines = note.text.decode().split("\n")
    if len(lines) == 6 and lines[:2] == [old.name, HEADING] and lines[2].isdecimal() and lines[3] == str(old):
        new = Verifier.parse(lines[4])
        by_both = note.signed_by([old]) and note.signed_by([new])
        if new.name == old.name and new != old and by_both and len(note.signatures) == 2:
            return new
    raise _unfollowed()


def _unfollowed() -> BadNote:
    return BadNote(
        "This is no key rotation signed by the trusted key and its successor; ask for the statement of each rotation, in order.",
        "這不是由所信任金鑰及其後繼金鑰共同簽署的金鑰輪替聲明；請依序取得每次輪替的聲明。",
    )
