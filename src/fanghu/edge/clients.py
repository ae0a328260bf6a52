"""Which batches were taken, so that one sent again is not taken twice: kept beside the log, rebuilt from it; pure."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from hashlib import sha256
from itertools import groupby
from pathlib import Path

import msgspec

from fanghu.auditlog.derived import envelope_of
from fanghu.auditlog.parsers.reading import VERBATIM
from fanghu.edge import refusals, repeats
from fanghu.edge.repeats import Once, Repeats
from fanghu.edge.wire import digest_of
from fanghu.tlog.entry import Entry

REMEMBERED = 64
"""Newest numbers of a client that are told apart one by one; older ones are refused."""
MOST_CLIENTS = 5_000
HASH = 32
PROCESS = "~"
"""With this begins a process of ours as client, which no sender can be called: it numbers batches of all its sources that came without."""
MOST_MISSING = 1_000_000
"""What a single jump of the numbers counts for at most."""


class Kept(msgspec.Struct, array_like=True, frozen=True):
    """One batch that was taken: what it held and where it lies."""

    digest: bytes
    first: int
    count: int
    verbatim: int


class Known(msgspec.Struct, array_like=True):
    """One client: its newest batches by number, and the number up to which everything is forgotten."""

    floor: int = 0
    batches: dict[int, Kept] = {}

    @property
    def missing(self) -> int:
        """Numbers that were passed over and may still come; what lay before the first one heard of cannot be told."""
        if not self.batches:
            return 0
        return max(self.batches) - (self.floor or min(self.batches) - 1) - len(self.batches)


class _Saved(msgspec.Struct, array_like=True):
    origin: str
    size: int
    clients: dict[str, Known]
    repeats: repeats.Known = {}


_encoder, _decoder = msgspec.msgpack.Encoder(), msgspec.msgpack.Decoder(_Saved)


def name(source: str, client: str) -> str:
    """What a client is known by; its own name is unique in its source only."""
    return f"{source}\n{client}"


def mark(source: str, client: str, number: int) -> tuple[str, str, int]:
    """What one batch is known by; a request that is known by what it holds is the same whenever it comes."""
    return source, client, 0 if client.startswith(repeats.MARK) else number


class Clients:
    """Every client that sends numbered batches, the one heard of last at the end; and requests without a number."""

    def __init__(self, known: dict[str, Known] | None = None, requests: repeats.Known | None = None) -> None:
        self._known: OrderedDict[str, Known] = OrderedDict(known or {})
        self._repeats = Repeats(requests)
        self.missing: dict[str, int] = {}
        """By source: numbers that were passed over and may still come."""
        self.skipped: dict[str, int] = {}
        """By source: numbers that never came and can come no more, since this was made or `drain` was asked."""
        for key, client in self._known.items():
            self._count(key, client.missing)

    def look(self, source: str, client: str, number: int, digest: bytes) -> Kept | None:
        """The batch as it was taken before, None when it is new; Refused FH-IN-08 or FH-IN-09."""
        if client.startswith(repeats.MARK):
            once = self._repeats.look(source, client, number)
            return Kept(digest, once.first, once.count, once.verbatim) if once else None
        known = self._known.get(name(source, client))
        if known is None:
            return None
        if kept := known.batches.get(number):
            if kept.digest != digest:
                raise refusals.other_content(number)
            return kept
        if number <= known.floor:
            raise refusals.too_old(number, known.floor)
        return None

    def keep(self, source: str, client: str, number: int, kept: Kept) -> None:
        """Remember a batch that is durable now."""
        if client.startswith(repeats.MARK):
            self._repeats.keep(source, client, Once(number, kept.first, kept.count, kept.verbatim))
            return
        key = name(source, client)
        known = self._known.setdefault(key, Known())
        self._known.move_to_end(key)
        before = known.missing
        known.batches[number] = kept
        while len(known.batches) > REMEMBERED:
            oldest = min(known.batches)
            if known.floor:
                self._skip(key, oldest - known.floor - 1)
            known.floor = oldest
            del known.batches[oldest]
        self._count(key, known.missing - before)
        while len(self._known) > MOST_CLIENTS:
            gone, forgotten = self._known.popitem(last=False)
            self._skip(gone, forgotten.missing)
            self._count(gone, -forgotten.missing)

    def drain(self) -> dict[str, int]:
        """What `skipped` holds, once. What a crash makes us learn again may be told twice, never not at all."""
        told, self.skipped = self.skipped, {}
        return told

    def _skip(self, key: str, count: int) -> None:
        source, _, client = key.partition("\n")
        if count and not client.startswith(PROCESS):
            self.skipped[source] = self.skipped.get(source, 0) + min(count, MOST_MISSING)

    def _count(self, key: str, more: int) -> None:
        source, _, client = key.partition("\n")
        if more and not client.startswith(PROCESS):
            self.missing[source] = self.missing.get(source, 0) + more

    def learn(self, entries: Iterable[tuple[int, Entry]]) -> None:
        """Remember the batches that lie in the log: entries of one ``ref`` (client/number) that follow each other."""
        for (source, ref), run in groupby(entries, lambda pair: _batch_of(pair[1])):
            client, _, number = ref.rpartition("/")
            if not client or not number.isdecimal():
                continue
            batch = list(run)
            verbatim = sum(envelope_of(entry).type == VERBATIM for _, entry in batch)
            digest = digest_of([entry.raw for _, entry in batch])
            self.keep(source, client, int(number), Kept(digest, batch[0][0], len(batch), verbatim))

    def saved(self, origin: str, size: int) -> bytes:
        """All of it as of a log of ``size`` entries, with a hash before it."""
        body = _encoder.encode(_Saved(origin, size, dict(self._known), self._repeats.saved()))
        return sha256(body).digest() + body


def _batch_of(entry: Entry) -> tuple[str, str]:
    """Source and ref of the batch that an entry came in."""
    said = entry.line or entry.envelope
    return said.source, said.ref


def load(path: Path, origin: str, size: int) -> tuple[Clients, int]:
    """The clients as kept, and the log's size then; none and 0 when the file is missing, torn or of another log."""
    try:
        data = path.read_bytes()
        if sha256(data[HASH:]).digest() == data[:HASH]:
            saved = _decoder.decode(data[HASH:])
            if saved.origin == origin and saved.size <= size:
                return Clients(saved.clients, saved.repeats), saved.size
    except (OSError, msgspec.MsgspecError):
        pass
    return Clients(), 0
