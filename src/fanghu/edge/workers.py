"""The listeners' side: lines are read and encoded here, many processes at once, and made durable by the sequencer."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

from msgspec.structs import replace

from fanghu.auditlog.record import OWN_SOURCE
from fanghu.edge import refusals, wire
from fanghu.edge.clients import PROCESS
from fanghu.edge.encoding import bundle_of, note, note_of_line, unread
from fanghu.edge.taker import Batch, Refused, Taken
from fanghu.edge.wire import Done, Not, Put, Trouble, Turned
from fanghu.intake.plan import Source
from fanghu.tlog.bundle import bundled
from fanghu.tlog.entry import Small

SLICE = 250
"""Lines read before others have their turn."""
LOST = ("FH-IN-02", "FH-IN-04")
"""Refusals after which nobody knows, or the log is being mended: the same batch is put again for a while."""


@dataclass(eq=False)
class SequencerClient:
    """One connection to the sequencer of ``home``, made again whenever it is lost. For one event loop."""

    home: Path
    _asks: dict[int, asyncio.Future[Done | Not]] = field(default_factory=dict)
    _numbers: count[int] = field(default_factory=lambda: count(1))
    _writer: asyncio.StreamWriter | None = None
    _listening: asyncio.Task[None] | None = None

    def __post_init__(self) -> None:
        """One connects and one writes at a time, the others wait."""
        self._connecting, self._writing = asyncio.Lock(), asyncio.Lock()
        self._later: list[Turned | Trouble] = []

    async def put(
        self,
        source: str,
        client: str,
        number: int,
        digest: bytes,
        bundle: bytes | bytearray,
        verbatim: int = 0,
        most: int = 0,
    ) -> Taken:
        """Returns when the entries are durable; Refused (FH-IN-02 when nobody knows whether they are)."""
        writer = await self._connected()
        ask = next(self._numbers)
        answered: asyncio.Future[Done | Not] = asyncio.get_running_loop().create_future()
        self._asks[ask] = answered
        try:
            async with self._writing:
                await self._write(writer, Put(ask, source, client, number, digest, verbatim, most), bundle)
            answer = await answered
        except OSError as error:
            raise refusals.away() from error
        finally:
            self._asks.pop(ask, None)
        if isinstance(answer, Not):
            raise Refused(answer.code, answer.en, answer.zh_hant, retry=answer.retry, wait=answer.wait)
        return Taken(answer.first, answer.count, answer.verbatim, answer.again)

    async def _write(self, writer: asyncio.StreamWriter, put: Put, bundle: bytes | bytearray) -> None:
        """A batch written in part would spoil all that follows: then the connection ends."""
        try:
            writer.write(b"".join(map(wire.packed, self._later)))
            self._later.clear()
            await wire.send(writer, put, bundle)
        except BaseException:
            writer.close()
            raise

    def turned(self, source: str, count: int = 1) -> None:
        """Count records that were refused here; of nobody known where ``source`` is ""."""
        self._tell(Turned(source, count))

    def trouble(self, who: str, sentence: str) -> None:
        """Say what is wrong with one part of the intake, "" when it is well; said again when the sequencer is new."""
        self._tell(Trouble(who, sentence))

    async def close(self) -> None:
        """Let go of the connection."""
        writer, self._writer = self._writer, None
        if self._listening is not None:
            self._listening.cancel()
            await asyncio.gather(self._listening, return_exceptions=True)
        if writer is not None:
            writer.close()

    def _tell(self, what: Turned | Trouble) -> None:
        self._later.append(what)
        if self._writer is not None and not self._writer.is_closing() and not self._writing.locked():
            self._writer.write(b"".join(map(wire.packed, self._later)))
            self._later.clear()
        del self._later[:-1_000]

    async def _connected(self) -> asyncio.StreamWriter:
        async with self._connecting:
            if self._writer is None or self._writer.is_closing():
                try:
                    with wire.reachable(wire.place(self.home)) as name:
                        reader, self._writer = await asyncio.open_unix_connection(name, limit=1 << 20)
                except OSError as error:
                    raise refusals.away() from error
                self._listening = asyncio.create_task(self._listen(reader, self._writer))
            return self._writer

    async def _listen(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Hand each answer to who waits for it; when the sequencer is gone, nobody knows what became of the rest."""
        mine = self._asks
        try:
            while True:
                answer = await wire.answer(reader)
                asked = mine.get(answer.ask)
                if asked is not None and not asked.done():
                    asked.set_result(answer)
        except (EOFError, OSError, ValueError):
            pass
        finally:
            writer.close()
            lost = refusals.away()
            for ask, asked in mine.items():
                if not asked.done():
                    asked.set_result(Not(ask, lost.code, lost.en, lost.zh_hant, retry=True))


@dataclass(eq=False)
class EncodingTaker:
    """A `Taker`: ``source_named`` finds a source of the plan. ``patience``: seconds to put a batch again when it is lost.

    A batch without number gets one of this process, so that putting it again does not double it.
    """

    sequencer: SequencerClient
    source_named: Callable[[str], Source | None]
    patience: float = 60.0
    now: Callable[[], datetime] = lambda: datetime.now(UTC)

    def __post_init__(self) -> None:
        """This process as a client of the sequencer."""
        self._own = f"{PROCESS}{os.getpid()}-{time.time_ns():x}"
        self._number = count(1)

    async def take(self, batch: Batch) -> Taken:
        """Read, encode, make durable: see `Taker`."""
        if not batch.source:
            return await self._notes(batch)
        source = self.source_named(batch.source)
        if source is None:
            raise refusals.closed_way()
        if batch.format:
            source = replace(source, format=batch.format)
        numbered = bool(batch.client and batch.number)
        client, number = (batch.client, batch.number) if numbered else (self._own, next(self._number))
        now = self.now()
        if not batch.lines:
            raise refusals.malformed("The batch holds no line.", "此批沒有任何一行。")
        bundle = bundle_of(batch.lines, source, client, number, 0, now)
        verbatim = 0
        for start in range(0, len(batch.lines), SLICE):
            verbatim += unread(source.format, batch.lines[start : start + SLICE])
            await asyncio.sleep(0)
        digest = wire.digest_of(batch.lines)
        return await self.put(source.name, client, number, digest, bundle, verbatim, source.most_per_second)

    async def _notes(self, batch: Batch) -> Taken:
        """Lines of nobody's: what a listener has to say itself, one JSON object each."""
        now, number = self.now(), next(self._number)
        entries = [note_of_line(line, now) for line in batch.lines]
        return await self.put(OWN_SOURCE, self._own, number, wire.digest_of(batch.lines), bundled(entries))

    async def put(
        self,
        source: str,
        client: str,
        number: int,
        digest: bytes,
        bundle: bytes | bytearray,
        verbatim: int = 0,
        most: int = 0,
    ) -> Taken:
        """Put a bundle of entries, again while the sequencer is being started anew; Refused when patience is over."""
        until = time.monotonic() + self.patience
        while True:
            try:
                return await self.sequencer.put(source, client, number, digest, bundle, verbatim, most)
            except Refused as refused:
                if refused.code not in LOST or time.monotonic() >= until:
                    raise
            await asyncio.sleep(0.1)

    async def note(self, kind: str, *, peer: str = "", object_: str = "", detail: Mapping[str, Small]) -> None:
        """Record something of the intake's own in the log (a ``meta`` entry), such as what was refused and how often."""
        entry = note(kind, self.now(), peer=peer, object_=object_, detail=detail)
        await self.put(OWN_SOURCE, self._own, next(self._number), wire.digest_of([b""]), bundled([entry]))

    async def take_encoded(
        self, source: Source, client: str, number: int, raws: Sequence[bytes], entries: list[bytes], verbatim: int = 0
    ) -> Taken:
        """Entries that were made elsewhere of ``raws`` (OTLP)."""
        return await self.put(
            source.name, client, number, wire.digest_of(raws), bundled(entries), verbatim, source.most_per_second
        )

    def own_number(self) -> tuple[str, int]:
        """This process as client, and the next number: for a batch that came without."""
        return self._own, next(self._number)
