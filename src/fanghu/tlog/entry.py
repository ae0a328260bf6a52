"""The frozen entry formats: version byte, length of a head, the head, source bytes verbatim.

Version 1 has a canonical JSON envelope as its head. Version 2 holds a line that was taken in: its head names the batch, and
what the line says is read from the line. The layouts are promised in docs/guide/log-format.md and can never be migrated; a
new shape is a new version byte.
"""

from __future__ import annotations

import struct
from functools import lru_cache
from typing import Literal, NamedTuple

import msgspec

from fanghu.tlog.damage import BadEntry

VERSION, LINE = 1, 2
LONGEST = 65535
"""Longest entry in bytes: C2SP entry bundles give its length in two bytes."""

UNKNOWN, SUCCESS, FAILURE, OTHER = 0, 1, 2, 99
"""OCSF ``status_id``."""

Small = str | int | float | bool | None


class Place(msgspec.Struct, omit_defaults=True, frozen=True):
    """Where it happened: host name, address it came from, its port, the program."""

    host: str = ""
    ip: str = ""
    port: int = 0
    app: str = ""


NOWHERE = Place()


class Envelope(msgspec.Struct, omit_defaults=True, frozen=True):
    """What is known of one event. Empty fields are not written; times are RFC 3339.

    ``id`` is unique in the log (an import's is deterministic); ``received_at`` is ours, in UTC; ``time`` is the
    source's own; ``type`` is ``subject.action``; ``assumed`` names the fields that were assumed, not read;
    ``class_uid``, ``activity_id`` and ``status_id`` are OCSF's, 0 when unknown.
    """

    id: str
    kind: Literal["event", "import", "meta"]
    source: str
    received_at: str
    time: str = ""
    type: str = ""
    outcome: str = ""
    actor: str = ""
    place: Place = NOWHERE
    object: str = ""
    detail: dict[str, Small] = {}
    assumed: list[str] = []
    ref: str = ""
    class_uid: int = 0
    activity_id: int = 0
    status_id: int = 0


_encoder = msgspec.json.Encoder(order="sorted")
_decoder = msgspec.json.Decoder(Envelope)


def encode(envelope: Envelope, raw: bytes = b"") -> bytes:
    """One entry: 0x01, u16 length of the envelope, the envelope (sorted keys, no spaces), ``raw``.

    BadEntry when the whole would be longer than 65,535 bytes or a field is not valid text.
    """
    if envelope.place == NOWHERE and envelope.place is not NOWHERE:
        envelope = msgspec.structs.replace(envelope, place=NOWHERE)
    try:
        written = _encoder.encode(envelope)
    except UnicodeEncodeError as error:
        raise BadEntry(
            "An entry's field is not valid text; keep such bytes in the raw part.",
            "項目欄位含有無效文字；此類位元組請存於原始資料部分。",
        ) from error
    if 3 + len(written) + len(raw) > LONGEST:
        raise BadEntry(
            f"An entry of {3 + len(written) + len(raw)} bytes exceeds 65,535; shorten or split what is recorded.",
            f"項目長度 {3 + len(written) + len(raw)} 位元組超過 65,535；請縮短或分割記錄內容。",
        )
    return b"\x01" + len(written).to_bytes(2, "big") + written + raw


class Line(NamedTuple):
    """What is kept beside a line that was taken in: how to read it, when it came (microseconds since 1970, UTC), which it is.

    ``ref`` names its batch, ``place`` is its own in the batch from 0 on; ``zone`` is the source's, for times without one.
    """

    source: str
    format: str
    zone: str
    ref: str
    received: int
    place: int = 0


PLACE = 4
"""Bytes at the end of the head of version 2 that the entries of a batch do not share."""
_RECEIVED = struct.Struct(">Q")


@lru_cache(4_096)
def _shared(head: bytes) -> tuple[str, str, str, str, int]:
    """The part of a head that the entries of a batch share."""
    texts, at = [], 0
    for _text in range(4):
        end = at + 1 + head[at]
        texts.append(head[at + 1 : end].decode())
        at = end
    source, format_, zone, ref = texts
    (received,) = _RECEIVED.unpack(head[at:])
    return source, format_, zone, ref, received


def well_formed(data: bytes) -> bool:
    """Whether ``data`` has the outer shape of an entry (its head is not decoded)."""
    return 3 < len(data) <= LONGEST and 0 < data[0] <= LINE and 3 + (data[1] << 8 | data[2]) <= len(data)


class Entry:
    """One stored entry; its head is decoded when first asked for."""

    __slots__ = ("_envelope", "data")

    def __init__(self, data: bytes) -> None:
        self.data = data
        self._envelope: Envelope | None = None

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Entry) and other.data == self.data

    def __hash__(self) -> int:
        return hash(self.data)

    def __repr__(self) -> str:
        return f"Entry({len(self.data)} bytes)"

    @property
    def head(self) -> bytes:
        """The bytes between the length and the source's: of version 1 the envelope's JSON."""
        return self.data[3 : 3 + int.from_bytes(self.data[1:3], "big")]

    @property
    def raw(self) -> bytes:
        """The source's bytes, verbatim."""
        return self.data[3 + int.from_bytes(self.data[1:3], "big") :]

    @property
    def line(self) -> Line | None:
        """What is kept beside a line that was taken in; None for an entry of version 1, BadEntry for a head that is none."""
        if self.data[:1] != b"\x02":
            return None
        head = self.head
        try:
            if not well_formed(self.data):
                raise ValueError
            return Line(*_shared(head[:-PLACE]), int.from_bytes(head[-PLACE:], "big"))
        except (ValueError, IndexError, struct.error) as error:
            raise BadEntry(
                "An entry's head cannot be read; verify the log.", "項目的標頭無法讀取；請驗證日誌。"
            ) from error

    @property
    def envelope(self) -> Envelope:
        """The decoded envelope; BadEntry when the entry is not version 1 or its JSON does not fit."""
        if self._envelope is None:
            if not well_formed(self.data) or self.data[0] != VERSION:
                raise BadEntry(
                    "An entry is not of format version 1; read it with a newer Fanghu.",
                    "項目並非第 1 版格式；請以較新版的防護讀取。",
                )
            try:
                self._envelope = _decoder.decode(self.head)
            except msgspec.MsgspecError as error:
                raise BadEntry(
                    "An entry's envelope cannot be read; verify the log.", "項目的信封欄位無法讀取；請驗證日誌。"
                ) from error
        return self._envelope
