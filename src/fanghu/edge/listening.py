"""``python -m fanghu.edge.listening``: syslog listeners, followed files and journals of one data folder, as planned."""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

import msgspec

from fanghu.edge import following, journal, syslog_senders, tls_reading
from fanghu.edge.following import Follower
from fanghu.edge.following_positions import Positions
from fanghu.edge.journal import JournalReader
from fanghu.edge.listening_delivery import Delivery, Notes, line_of, trouble
from fanghu.edge.running import data_folder, run_until_stopped, say
from fanghu.edge.syslog_listeners import Limits, SyslogListeners
from fanghu.edge.taker import Batch, Refused, Taker
from fanghu.edge.workers import EncodingTaker, SequencerClient
from fanghu.faults import Fault
from fanghu.intake.plan import Plan, Source, place, read_plan

TICK, NOTE_EVERY = 1.0, 60.0
WAYS = frozenset({syslog_senders.WAY, following.WAY, journal.WAY})


class Told(Protocol):
    """Who is told what was turned away and what is wrong: the sequencer, which keeps the state."""

    def turned(self, source: str, count: int = 1) -> None:
        """Records that were not kept; of nobody known where ``source`` is ""."""

    def trouble(self, who: str, sentence: str) -> None:
        """What is wrong with one part; "" when it is well."""


def is_needed(plan: Plan) -> bool:
    """Whether a plan holds anything for this process to do."""
    return any(WAYS & set(source.ways) for source in plan.sources)


def positions_place(home: Path) -> Path:
    """Where it is kept how far files and journals were read."""
    return home / "run" / "intake-follow.json"


def bound_place(home: Path) -> Path:
    """The file that says where syslog is listened for: a JSON object, ``HOST:PORT`` by ``tcp``, ``tls``, ``udp``."""
    return home / "run" / "intake-syslog"


class Listening:
    """Everything this process does, changed as the plan changes. ``bound`` says where each listener stands."""

    def __init__(
        self, home: Path, taker: Taker, told: Told, positions: Positions, limits: Limits | None = None,
        note_every: float = NOTE_EVERY,
    ) -> None:  # fmt: skip
        self.home, self.bound, self.plan = home, dict[str, tuple[str, int]](), Plan()
        self._told, self._positions = told, positions
        self._delivery = Delivery(taker, Notes())
        self.listeners = SyslogListeners(self._delivery, limits)
        self._open: dict[str, tuple[tuple[object, ...], asyncio.Server | asyncio.DatagramTransport]] = {}
        self._readers: dict[tuple[str, str, str], tuple[Follower | JournalReader, asyncio.Task[None]]] = {}
        self._note_every, self._noted_at = note_every, time.monotonic()
        self._troubles: dict[str, str] = {}

    async def run(self, plan_now: Callable[[], Plan]) -> None:
        """Until cancelled: do as the plan says, look at it every second."""
        try:
            while True:
                plan = plan_now()
                self.plan = plan
                self.listeners.admit(plan)
                await self._listen()
                self._read()
                self._say_troubles()
                await self._say_notes()
                await asyncio.sleep(TICK)
        finally:
            await self._end()

    # --- listeners ---------------------------------------------------------------------------------------------------

    async def _listen(self) -> None:
        listen = self.plan.listen
        changed = False
        any_syslog = any(syslog_senders.WAY in source.ways for source in self.plan.sources)
        opening: dict[str, str] = {}
        for way, address in (("tcp", listen.syslog_tcp), ("tls", listen.syslog_tls), ("udp", listen.syslog_udp)):
            wanted: tuple[object, ...] = (address,) if any_syslog and address else ()
            if wanted and way == "tls":
                wanted += self._papers()
            if self._open.get(way, ((), None))[0] == wanted:
                continue
            changed = True
            if way in self._open:
                self._open.pop(way)[1].close()
                self.bound.pop(way, None)
            self._troubles.pop(way, None)
            if wanted:
                opening[way] = address
        if opening:
            await asyncio.sleep(0)  # a datagram transport closes its socket in the loop's next turn
        for way, address in opening.items():  # once all are closed: one may take the address that another had
            await self._open_way(way, address)
        if changed:
            said = {way: f"{host}:{port}" for way, (host, port) in self.bound.items()}
            bound_place(self.home).write_bytes(msgspec.json.encode(said))

    async def _open_way(self, way: str, address: str) -> None:
        host, _, port = address.rpartition(":")
        host = host.strip("[]")
        opened: asyncio.Server | asyncio.DatagramTransport
        try:
            if way == "udp":
                opened = await self.listeners.udp(host, int(port))
                self.bound[way] = opened.get_extra_info("sockname")[:2]
            else:
                opened = await self.listeners.tcp(host, int(port), self._context() if way == "tls" else None)
                self.bound[way] = opened.sockets[0].getsockname()[:2]
        except (OSError, ValueError, OverflowError, Fault) as why:  # ssl.SSLError is an OSError
            self._troubles[way] = trouble(
                "FH-IN-20",
                f"Cannot listen for syslog on {address} ({why}).",
                f"無法在 {address} 接收 syslog（{why}）。",
            )
            return
        self._open[way] = ((address, *self._papers()) if way == "tls" else (address,), opened)
        say(f"syslog {way} {self.bound[way][0]} {self.bound[way][1]}")

    def _papers(self) -> tuple[object, ...]:
        """What a change of certificates shows by."""
        files = [self.home / "tls" / "server.pem", *([Path(self.plan.clients)] if self.plan.clients else [])]
        return (self.plan.clients, *(file.stat().st_mtime_ns if file.exists() else 0 for file in files))

    def _context(self) -> ssl.SSLContext:
        """RFC 5425 over TLS 1.2 or newer, with this machine's certificate; client certificates are asked for, not forced."""
        folder = self.home / "tls"
        if not (folder / "server.pem").exists():
            from fanghu.keys.authority import ensure_certificate

            ensure_certificate(self.home, [], datetime.now(UTC))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.num_tickets = (
            0  # unread by a sender that only sends, they turn its close into a reset: what it sent is lost
        )
        context.load_cert_chain(folder / "server.pem", folder / "server.key")
        if self.plan.clients:
            context.load_verify_locations(self.plan.clients)
            context.verify_mode = ssl.CERT_OPTIONAL
        return context

    # --- files and journals ------------------------------------------------------------------------------------------

    def _read(self) -> None:
        """Start what the plan adds, stop what it drops, start again what fell."""
        wanted: set[tuple[str, str, str]] = set()
        for source in self.plan.sources:
            if following.WAY in source.ways:
                wanted |= {(following.WAY, source.name, path) for path in source.paths}
            if journal.WAY in source.ways:
                wanted.add((journal.WAY, source.name, source.journal))
        for key in [key for key, (_, task) in self._readers.items() if key not in wanted or task.done()]:
            task = self._readers.pop(key)[1]
            task.cancel()
            if task.done() and not task.cancelled() and (fell := task.exception()):
                say(f"reading {key[2]} fell: {fell!r}; starting again")
        for way, name, what in sorted(wanted - set(self._readers)):
            reader: Follower | JournalReader
            if way == following.WAY:
                reader = Follower(name, what, self._delivery, self._positions)
            else:
                reader = JournalReader(name, what, self._delivery, self._positions)
            self._readers[way, name, what] = (reader, asyncio.create_task(reader.run()))

    # --- what others should know -------------------------------------------------------------------------------------

    def _say_troubles(self) -> None:
        told = [*self._troubles.values(), *(reader.trouble for reader, _ in self._readers.values() if reader.trouble)]
        self._told.trouble("listening", " ".join(told)[:1_000])

    async def _say_notes(self, *, last: bool = False) -> None:
        """Once a minute, one line for each thing that was not kept."""
        if not last and time.monotonic() - self._noted_at < self._note_every:
            return
        self._noted_at = time.monotonic()
        notes = self._delivery.notes.drain()
        for note, times in notes:
            self._told.turned(note.source, times)
        if notes:
            try:
                async with asyncio.timeout(3):
                    await self._delivery.taker.take(Batch("", [line_of(note, times) for note, times in notes]))
            except (Refused, TimeoutError):
                for note, times in notes:
                    self._delivery.notes.count(note.why, source=note.source, peer=note.peer, times=times)

    async def _end(self) -> None:
        bound_place(self.home).unlink(missing_ok=True)
        for _, opened in self._open.values():
            opened.close()
        tasks = [task for _, task in self._readers.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self.listeners.end()
        await self._say_notes(last=True)


class PlanWatch:
    """The plan of a data folder, read again when its file changed; the last good one while it cannot be read."""

    def __init__(self, home: Path) -> None:
        self._home, self._mark, self._plan = home, (0, 0), Plan()
        self._sources: dict[str, Source] = {}

    def __call__(self) -> Plan:
        """The plan now."""
        try:
            found = place(self._home).stat()
            mark = (found.st_mtime_ns, found.st_ino)
        except FileNotFoundError:
            mark = (0, 0)
        if mark != self._mark:
            try:
                self._plan, self._mark = read_plan(self._home), mark
                self._sources = {source.name: source for source in self._plan.sources}
            except (OSError, msgspec.MsgspecError):
                say("the intake's plan cannot be read; going on with the last one")
        return self._plan

    def source_named(self, name: str) -> Source | None:
        """A source of the plan as it was last read."""
        return self._sources.get(name)


async def live(home: Path) -> None:
    """Listen for one data folder until cancelled."""
    positions = Positions(positions_place(home))
    sequencer = SequencerClient(home)
    try:
        watch = PlanWatch(home)
        await Listening(home, EncodingTaker(sequencer, watch.source_named), sequencer, positions).run(watch)
    finally:
        await sequencer.close()
        positions.close()


def main(arguments: list[str] | None = None) -> int:
    """Run until SIGTERM."""
    home, _since = data_folder(arguments)
    try:
        run_until_stopped(lambda: live(home), tls_reading.RECORD)
    except BlockingIOError:
        say("another process listens for this data folder already")
        return 4
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
