"""One record of the log as people and the index see it, and how events and imported lines become entries; no Django."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from hashlib import sha256
from typing import Any

import msgspec

from fanghu.auditlog.derived import OCSF, address_of, believed, envelope_of, envelope_of_line, milliseconds_of, utc_text
from fanghu.auditlog.parsers.reading import Reading
from fanghu.events.schema import AuditEvent
from fanghu.tlog.entry import FAILURE, SUCCESS, Entry, Envelope, Place, encode

OWN_SOURCE = "fanghu"
OWN_LOG = "own"
"""What this system's own log is called where a log must have a name."""

ADDED = ("outcome", "object", "session", "via", "detail")
"""What our own events state beyond type, time, place and identity."""

USER_TYPES = ("signin.", "session.")
_event = msgspec.json.Decoder(AuditEvent)


@dataclass(frozen=True)
class LogRecord:
    """Entry ``index`` of the log named ``log`` ("" for this system's own); attributes are text, "" for nothing recorded."""

    index: int
    entry: Entry
    log: str = ""

    @cached_property
    def _head(self) -> Envelope:
        return envelope_of(self.entry)

    @property
    def id(self) -> str:
        """Unique in the log."""
        return self._head.id

    @property
    def key(self) -> bytes:
        """The id as the index holds it."""
        try:
            return bytes.fromhex(self.id)
        except ValueError:
            return sha256(self.id.encode()).digest()[:16]

    @property
    def kind(self) -> str:
        """``event`` (our own), ``import`` or ``meta``."""
        return self._head.kind

    @property
    def source(self) -> str:
        """Which log it belongs to."""
        return self._head.source

    @property
    def type(self) -> str:
        """``subject.action``."""
        return self._head.type

    @property
    def outcome(self) -> str:
        """``success``, ``failure`` or ""."""
        return self._head.outcome

    @property
    def actor(self) -> str:
        """Who: ``account:<id>`` or the way in for our own events, a user's name for imported lines."""
        return self._head.actor

    @property
    def place(self) -> str:
        """From where: an address, else a name."""
        return self._head.place.ip or (
            self._head.place.host if self.kind == "event" else str(self._head.detail.get("from", ""))
        )

    @property
    def host(self) -> str:
        """The machine that wrote an imported line."""
        return "" if self.kind == "event" else self._head.place.host

    @property
    def object(self) -> str:
        """What was acted on."""
        return self._head.object

    @property
    def ref(self) -> str:
        """The run or import it belongs to."""
        return self._head.ref

    @property
    def time(self) -> str:
        """The source's time (RFC 3339), "" when unknown."""
        return self._head.time

    @property
    def received_at(self) -> datetime:
        """When we took it in."""
        return datetime.fromisoformat(self._head.received_at)

    @property
    def at(self) -> datetime:
        """The source's time; ours where it says none, or one later than can be (`believed`)."""
        return believed(self._said, self.received_at)

    @property
    def _said(self) -> datetime | None:
        return datetime.fromisoformat(self._head.time) if self._head.time else None

    @cached_property
    def at_ms(self) -> int:
        """``at`` in milliseconds since 1970 (UTC)."""
        return milliseconds_of(self.at)

    @cached_property
    def lag_ms(self) -> int:
        """How long after the source's time we took it in, in milliseconds; negative when the source's lies later."""
        return self.received_ms - milliseconds_of(self._said or self.received_at)

    @cached_property
    def received_ms(self) -> int:
        """``received_at`` in milliseconds since 1970 (UTC)."""
        return milliseconds_of(self.received_at)

    @property
    def assumed(self) -> list[str]:
        """Names of what was assumed, not read: ``timezone``, ``year``."""
        return self._head.assumed

    @property
    def times(self) -> int:
        """How often it happened."""
        count = self._head.detail.get("n", 1)
        return count if isinstance(count, int) else 1

    @property
    def verbatim(self) -> bool:
        """Whether the line could not be read and is kept as it came."""
        return self.type == "line.verbatim"

    @property
    def concerns_user(self) -> bool:
        """Whether 4.5 asks who and where: our own events, and imported sign-ins and sessions."""
        return self.kind == "event" or self.type.startswith(USER_TYPES)

    @property
    def raw(self) -> str:
        """The source's bytes as text; bytes that are no UTF-8 are shown escaped."""
        return self.entry.raw.decode("utf-8", "backslashreplace")

    @property
    def texts(self) -> tuple[str, ...]:
        """What free words are looked for in."""
        return self.type, self.source, self.actor, self.place, self.object, self.raw

    @property
    def words(self) -> str:
        """The same as one text."""
        return " ".join(self.texts)

    @cached_property
    def event(self) -> AuditEvent | None:
        """The whole event, for our own."""
        return _event.decode(self.entry.raw) if self.kind == "event" else None

    @property
    def detail(self) -> dict[str, Any]:
        """Everything else that is recorded."""
        return dict(self.event.detail) if self.event else dict(self._head.detail)

    def as_json(self) -> dict[str, Any]:
        """What ``log search`` prints; empty fields are left out, times are RFC 3339."""
        shown: dict[str, Any] = {
            "log": self.log or OWN_LOG, "index": self.index, "id": self.id, "time": utc_text(self.at),
            "source_time": self.time,
            "received_at": self._head.received_at, "kind": self.kind, "source": self.source, "type": self.type,
            "outcome": self.outcome, "who": self.actor, "where": self.place, "host": self.host,
            "object": self.object, "n": self.times, "detail": self.detail, "assumed": list(self.assumed),
            "ref": self.ref, "raw": self.raw,
        }  # fmt: skip
        return {key: value for key, value in shown.items() if value not in ("", {}, [])}


def entry_of_event(body: bytes, now: datetime) -> bytes:
    """The entry of one of our own events; ``body`` (its outbox row) is kept byte for byte."""
    event = _event.decode(body)
    class_uid, activity = OCSF.get(event.type.split(".")[0], (0, 0))
    return encode(
        Envelope(
            id=event.id, kind="event", source=OWN_SOURCE, received_at=utc_text(now), time=utc_text(event.time),
            type=event.type[:100], outcome=event.outcome, actor=event.actor[:255], place=_own_place(event.place),
            object=event.object[:500], ref=event.run[:100], class_uid=class_uid, activity_id=activity,
            status_id=SUCCESS if event.outcome == "success" else FAILURE,
        ),
        body,
    )  # fmt: skip


def entry_of_line(
    id_: bytes,
    line: bytes,
    reading: Reading,
    at: datetime | None,
    assumed: list[str],
    source: str,
    run: str,
    now: datetime,
) -> bytes:
    """The entry of one imported line, which is kept byte for byte; what was read stands in its envelope."""
    return encode(envelope_of_line(id_, reading, at, assumed, source, run, now), line)


def _own_place(place: str) -> Place:
    address = address_of(place)
    return Place(ip=address) if address else Place(host=place[:255])
