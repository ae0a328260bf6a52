"""C2SP tlog-checkpoint: origin, size and root of a log, signed."""

from __future__ import annotations

import base64
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from fanghu.tlog.damage import BadNote
from fanghu.tlog.note import Note, Signer, Verifier

_TEXT = re.compile(rb"([^\n]+)\n(0|[1-9][0-9]{0,18})\n([A-Za-z0-9+/]{43}=)\n")


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A log's origin line, its size in entries, its 32-byte root; ``note`` holds the exact signed bytes.

    ``sealed_at`` is the time its signer stated (UTC, whole seconds), None when unsigned or not yet verified.
    """

    origin: str
    size: int
    root: bytes
    note: bytes = b""
    sealed_at: datetime | None = None

    @property
    def text(self) -> bytes:
        """The note's text: three lines."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n".encode()

    def signed(self, signer: Signer, now: datetime, *beside: Signer) -> Checkpoint:
        """The checkpoint with the signer's plain and timestamped signatures, and those of others ``beside`` it."""
        text = self.text
        note = Note(
            text, tuple(line for each in (signer, *beside) for line in (each.sign(text), each.sign_at(text, now)))
        )
        return Checkpoint(self.origin, self.size, self.root, bytes(note), now.replace(microsecond=0))

    def signed_only_by(self, key: Verifier) -> bool:
        """Whether no line of another key stands on it, as one does when a rotation was cut short."""
        return all(key.holds(self.text, signature) for signature in Note.parse(self.note).signatures)

    @classmethod
    def parse(cls, data: bytes) -> Checkpoint:
        """Read a checkpoint WITHOUT checking signatures; BadNote when it is not exactly three lines, well written."""
        note = Note.parse(data)
        match = _TEXT.fullmatch(note.text)
        if match is not None:
            origin, size, root = match.groups()
            found = cls(origin.decode(), int(size), base64.b64decode(root), data)
            if found.text == note.text:
                return found
        raise BadNote(
            "The signed note is not a checkpoint of origin, size and root; give a checkpoint of this log.",
            "簽章文件不是含來源、大小與根雜湊的檢查點；請提供此日誌的檢查點。",
        )

    @classmethod
    def verified(
        cls, data: bytes, keys: Sequence[Verifier], *, others: bool = False, retired: Sequence[Verifier] = ()
    ) -> Checkpoint:
        """Read a checkpoint signed by a key of ``keys`` named as its origin; BadNote otherwise.

        Lines of ``retired`` keys may stand beside it, as in the moment of a rotation, and are checked. With ``others`` signature lines of unknown keys (witnesses) are passed over; without, each line must hold.
        """
        found = cls.parse(data)
        note = Note.parse(data)
        good = note.signed_by(keys)
        times: list[datetime] = []
        for signature in good:
            stated = [t for key in keys if key.holds(note.text, signature) and (t := key.time_of(signature))]
            times += [t for t in stated if signature.name == found.origin]
        own = [s for s in good if s.name == found.origin]
        beside = note.signed_by(retired)
        if not own or (not others and any(s not in good and s not in beside for s in note.signatures)):
            raise BadNote(
                "The checkpoint is not signed by the pinned key alone; do not trust this log before knowing why.",
                "檢查點並非僅由釘選的金鑰簽章；在查明原因之前，請勿信任此日誌。",
            )
        return cls(found.origin, found.size, found.root, data, max(times, default=None))
