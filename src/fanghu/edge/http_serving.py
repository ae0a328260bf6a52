"""``python -m fanghu.edge.http_serving --socket FD``: one worker that takes connections from a listening socket over TLS."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from fanghu.edge.gate import PlanWatch
from fanghu.edge.http_intake import HttpIntake
from fanghu.edge.http_message import HEAD, Limits
from fanghu.edge.running import home_of, parser, run_until_stopped
from fanghu.edge.workers import EncodingTaker, SequencerClient

HANDSHAKE = 8.0
PATIENCE = 5.0
DRAIN = 3.0
YIELD = 10
"""Milliseconds at most that a worker with connections lets others take the next one."""


def security(home: Path, clients: str) -> ssl.SSLContext:
    """TLS 1.2 and newer with this machine's certificate; client certificates are asked for when ``clients`` names a PEM."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(home / "tls" / "server.pem", home / "tls" / "server.key")
    context.set_alpn_protocols(["http/1.1"])
    if clients:
        context.load_verify_locations(clients)
        context.verify_mode = ssl.CERT_OPTIONAL
    return context


@dataclass(eq=False)
class Serving:
    """The connections of one worker: how many in all, how many of each address."""

    intake: HttpIntake
    context: ssl.SSLContext
    listener: socket.socket
    limits: Limits = field(default_factory=Limits)
    _open: Counter[str] = field(default_factory=Counter)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    async def serve(self) -> None:
        """Accept until cancelled; then finish what is being answered."""
        loop = asyncio.get_running_loop()
        self.listener.setblocking(False)
        minute = asyncio.create_task(self._clockwork())
        try:
            while True:
                while len(self._tasks) >= self.limits.connections:
                    await asyncio.wait(self._tasks, return_when=asyncio.FIRST_COMPLETED)
                if self._tasks:  # who serves fewer is quicker, so that few senders do not share one worker
                    await asyncio.sleep(min(len(self._tasks), YIELD) / 1_000)
                try:
                    connection, address = await loop.sock_accept(self.listener)
                except OSError:
                    await asyncio.sleep(0.05)
                    continue
                peer = str(address[0])
                if self._open[peer] >= self.limits.connections_of_one:
                    connection.close()
                    continue
                self._open[peer] += 1
                task = asyncio.create_task(self._serve_one(connection, peer))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)
        finally:
            self.intake.drain()
            minute.cancel()
            if self._tasks:
                await asyncio.wait(self._tasks, timeout=DRAIN)
            await self.intake.taker.sequencer.close()

    async def _serve_one(self, connection: socket.socket, peer: str) -> None:
        ended = asyncio.Event()

        async def lived(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            try:
                await self.intake.connected(reader, writer)
                with suppress(OSError, TimeoutError):
                    await asyncio.wait_for(writer.wait_closed(), 1)
            finally:
                ended.set()

        try:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            loop = asyncio.get_running_loop()
            reader = asyncio.StreamReader(limit=HEAD, loop=loop)
            await loop.connect_accepted_socket(
                lambda: asyncio.StreamReaderProtocol(reader, lived, loop=loop),
                connection,
                ssl=self.context,
                ssl_handshake_timeout=HANDSHAKE,
                ssl_shutdown_timeout=1,
            )
            await ended.wait()
        except (OSError, asyncio.CancelledError):
            connection.close()
        finally:
            self._open[peer] -= 1
            if not self._open[peer]:
                del self._open[peer]

    async def _clockwork(self) -> None:
        """Each second the plan is looked at; each minute the strangers are told of."""
        second = 0
        while True:
            await asyncio.sleep(1)
            second += 1
            self.intake.watch.look()
            if second % 60 == 0:
                self.intake.tell_minute()


async def serve(home: Path, listener: socket.socket, limits: Limits | None = None) -> None:
    """One worker of ``home`` on a listening socket."""
    limits = limits or Limits()
    watch = PlanWatch(home)
    watch.look()
    taker = EncodingTaker(SequencerClient(home), watch.named, patience=PATIENCE)
    context = security(home, watch.plan.clients)
    await Serving(HttpIntake(watch, taker, limits), context, listener, limits).serve()


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until SIGTERM."""
    accepted = parser()
    accepted.add_argument("--socket", type=int, required=True)
    given = accepted.parse_args(arguments)
    listener = socket.socket(fileno=given.socket)
    run_until_stopped(lambda: serve(home_of(given.home), listener))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
