"""Syslog over TCP, TLS (RFC 5425) and UDP (RFC 5426): read, told apart by source, handed on in batches.

Whoever sends waits while the log is busy: a connection has one batch under way and reads no further before it is
durable, so none can crowd out the others. Syslog has no acknowledgement: what was read and not yet durable when this
process dies is lost to the protocol, whatever we do here.
"""

from __future__ import annotations

import asyncio
import hashlib
import ssl
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import groupby

from fanghu.edge.listening_delivery import CROWDED, DROPPED, FOREIGN_HOST, OVERLONG, TORN, UNKNOWN, Delivery
from fanghu.edge.room import Room
from fanghu.edge.syslog_framing import LONGEST, Framing
from fanghu.edge.syslog_senders import Sender, Senders, plain_address
from fanghu.edge.syslog_stream import Stream
from fanghu.edge.taker import Batch
from fanghu.intake.plan import Plan

DATAGRAM = 150
"""Bytes of memory that a waiting datagram takes beside its own."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds and counts. ``stall`` is how long a message may stop half way, ``idle`` how long nothing may come."""

    batch: int = 1_000
    batch_bytes: int = 256 << 10
    encoding: int = 2 << 20
    """Bytes of all batches that are under way at once: it takes some four times as much to make entries of them."""
    gather: float = 0.05
    stall: float = 60.0
    idle: float = 7_200.0
    handshake: float = 10.0
    connections: int = 300
    of_one_peer: int = 64
    datagrams: int = 4 << 20
    """Bytes of memory that datagrams may take while they wait."""
    grace: float = 3.0


@dataclass(eq=False, slots=True)
class _Connection:
    stream: Stream
    peer: str
    certificate: str
    task: asyncio.Task[None] | None = None
    waiting: bool = False
    framing: Framing = field(default_factory=Framing)


class SyslogListeners:
    """Every syslog listener of this process; one `Senders` for all."""

    def __init__(self, delivery: Delivery, limits: Limits | None = None) -> None:
        self.delivery, self.limits = delivery, limits or Limits()
        self.senders = Senders(Plan())
        self.open: set[_Connection] = set()
        self._queues: dict[str, asyncio.Queue[tuple[bytes, str]]] = {}
        self._queued = 0
        self._drains: dict[str, asyncio.Task[None]] = {}
        self._closing = False
        self._room = Room(self.limits.encoding)

    def admit(self, plan: Plan) -> None:
        """From now on let in whom ``plan`` names; a connection that it no longer names ends with its next message."""
        self.senders = Senders(plan)

    async def tcp(self, host: str, port: int, context: ssl.SSLContext | None = None) -> asyncio.Server:
        """Listen; with ``context`` over TLS. Raises OSError when the address cannot be had."""
        return await asyncio.get_running_loop().create_server(
            lambda: Stream(self._begun), host, port, backlog=256, ssl=context,
            ssl_handshake_timeout=self.limits.handshake if context else None,
        )  # fmt: skip

    async def udp(self, host: str, port: int) -> asyncio.DatagramTransport:
        """Listen for datagrams, one message each."""
        loop = asyncio.get_running_loop()
        transport, _ = await loop.create_datagram_endpoint(lambda: _Datagrams(self), local_addr=(host, port))
        return transport

    async def end(self) -> None:
        """End every connection: those that wait for their sender at once, the others when their batch is durable."""
        self._closing = True
        tasks = [connection.task for connection in self.open if connection.task]
        for connection in self.open:
            if connection.waiting and connection.task:
                connection.task.cancel()
        drains = list(self._drains.values())
        for queue in self._queues.values():
            if not queue.empty():
                await asyncio.wait({asyncio.ensure_future(queue.join())}, timeout=self.limits.grace)
        if tasks:
            await asyncio.wait(tasks, timeout=self.limits.grace)
        for task in [*tasks, *drains]:
            task.cancel()
        await asyncio.gather(*tasks, *drains, return_exceptions=True)

    # --- streams -----------------------------------------------------------------------------------------------------

    def _begun(self, stream: Stream) -> None:
        connection = _Connection(stream, _peer_of(stream.transport), _certificate_of(stream.transport))
        why = self._why_not(connection)
        if why or self._closing:
            self.delivery.notes.count(why, peer=connection.peer, times=1 if why else 0)
            stream.transport.abort()
            return
        self.open.add(connection)
        connection.task = asyncio.create_task(self._live(connection))

    async def _live(self, connection: _Connection) -> None:
        try:
            await self._serve(connection)
        finally:
            self.open.discard(connection)
            connection.stream.transport.abort()

    def _why_not(self, connection: _Connection) -> str:
        if self.senders.of(connection.peer, connection.certificate) is None:
            return UNKNOWN
        peers = Counter(other.peer for other in self.open)
        crowded = len(self.open) >= self.limits.connections or peers[connection.peer] >= self.limits.of_one_peer
        return CROWDED if crowded else ""

    async def _serve(self, connection: _Connection) -> None:
        framing, more = connection.framing, True
        while more and not self._closing:
            messages, more = await self._read(connection)
            sender = self.senders.of(connection.peer, connection.certificate)
            if sender is None:
                self.delivery.notes.count(UNKNOWN, peer=connection.peer, times=len(messages) or 1)
                return
            await self._hand(sender, connection.peer, messages)
            first = sender.sources[0].name
            self.delivery.notes.count(OVERLONG, source=first, peer=connection.peer, times=framing.overlong)
            self.delivery.notes.count(TORN, source=first, peer=connection.peer, times=framing.torn)
            framing.overlong = framing.torn = 0

    async def _read(self, connection: _Connection) -> tuple[list[bytes], bool]:
        """The next messages, and whether there may be more: waits for the first, gathers what follows closely."""
        framing, stream = connection.framing, connection.stream
        connection.waiting = True
        try:
            async with asyncio.timeout(self.limits.stall if framing.amid else self.limits.idle):
                data = await stream.read()
        except TimeoutError:
            framing.torn += framing.amid
            return [], False
        finally:
            connection.waiting = False
        found, size = list[bytes](), 0
        try:
            async with asyncio.timeout(self.limits.gather):
                while data:
                    found += framing.feed(data)
                    size += len(data)
                    if not found or len(found) >= self.limits.batch or size >= self.limits.batch_bytes:
                        return found, True
                    data = await stream.read()
        except TimeoutError:
            return found, True
        return found + framing.end(), False

    async def _hand(self, sender: Sender, peer: str, messages: Sequence[bytes]) -> None:
        for source, run in groupby(messages, sender.source_of):
            mine = list(run)
            if source is None:
                self.delivery.notes.count(FOREIGN_HOST, peer=peer, times=len(mine))
                continue
            for start in range(0, len(mine), self.limits.batch):
                lines = mine[start : start + self.limits.batch]
                await self._deliver(Batch(source.name, lines, peer=peer))

    async def _deliver(self, batch: Batch) -> None:
        """Hand a batch on when there is room for it; the sender waits meanwhile."""
        size = sum(map(len, batch.lines))
        await self._room.take(size)
        try:
            await self.delivery.hand_or_count(batch)
        finally:
            self._room.give(size)

    # --- datagrams ---------------------------------------------------------------------------------------------------

    def datagram(self, data: bytes, peer: str) -> None:
        """One datagram; dropped and counted when those before it still wait: nobody can be asked to slow down."""
        notes, sender = self.delivery.notes, self.senders.of(peer)
        message = data.rstrip(b"\r\n\0")
        if sender is None or self._closing:
            notes.count(UNKNOWN, peer=peer)
            return
        source = sender.source_of(message)
        if source is None:
            notes.count(FOREIGN_HOST, peer=peer)
        elif len(message) > LONGEST:
            notes.count(OVERLONG, source=source.name, peer=peer)
        elif message:
            if self._queued + len(message) + DATAGRAM > self.limits.datagrams:
                notes.count(DROPPED, source=source.name, peer=peer)
                return
            self._queued += len(message) + DATAGRAM
            self._queue_of(source.name).put_nowait((message, peer))

    def _queue_of(self, source: str) -> asyncio.Queue[tuple[bytes, str]]:
        if source not in self._queues:
            self._queues[source] = asyncio.Queue()
            self._drains[source] = asyncio.create_task(self._drain(source))
        return self._queues[source]

    async def _drain(self, name: str) -> None:
        queue = self._queues[name]
        while True:
            waiting = [await queue.get()]
            await asyncio.sleep(self.limits.gather)
            size = 0
            while len(waiting) < self.limits.batch and size < self.limits.batch_bytes and not queue.empty():
                waiting.append(queue.get_nowait())
                size += len(waiting[-1][0])
            for peer, run in groupby(waiting, lambda row: row[1]):
                await self._deliver(Batch(name, [message for message, _ in run], peer=peer))
            for message, _ in waiting:
                self._queued -= len(message) + DATAGRAM
                queue.task_done()


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self, listeners: SyslogListeners) -> None:
        self._listeners = listeners

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self._listeners.datagram(data, _plain(addr[0]))


def _plain(text: str) -> str:
    return str(plain_address(text) or text)


def _peer_of(transport: asyncio.Transport) -> str:
    name = transport.get_extra_info("peername")
    return _plain(name[0]) if name else ""


def _certificate_of(transport: asyncio.Transport) -> str:
    """The hex SHA-256 of the certificate the client proved to hold, "" for none."""
    tls = transport.get_extra_info("ssl_object")
    held = tls.getpeercert(binary_form=True) if tls else None
    return hashlib.sha256(held).hexdigest() if held else ""
