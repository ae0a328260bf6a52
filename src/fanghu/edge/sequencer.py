"""The one process that writes the intake's log: group commit, a seal at most a second later, exactly once per batch.

Everything that waits is appended together (one fdatasync), then every sender is told. When the disk fails, nothing is
acknowledged any more until the log was opened anew.
"""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from fanghu.edge import disk, group_commit, refusals, wire
from fanghu.edge.book import Book
from fanghu.edge.group_commit import Waiting
from fanghu.edge.hearing import Hearing
from fanghu.edge.running import data_folder, run_until_stopped, say
from fanghu.edge.taker import Refused
from fanghu.edge.tally import Buckets, Tally
from fanghu.edge.wire import Answer, Put, Said, Trouble, Turned
from fanghu.faults import Exit, Fault
from fanghu.intake.plan import LOG
from fanghu.keys.locations import LogPlaces
from fanghu.tlog.bundle import Bundle
from fanghu.tlog.damage import BadEntry, LogBusy
from fanghu.tlog.files import Files

T = TypeVar("T")
LENT, LOOK = 1.5, 0.25
"""Seconds for which the log is lent to who asks for it, and after which somebody's asking is seen."""
BACK_OFF = (0.1, 0.5, 1.0, 2.0, 5.0, 10.0)


@dataclass(frozen=True, slots=True)
class Limits:
    """Bytes that may wait; seconds, entries and bytes after which a seal is due; free bytes of the disk; bytes reserved."""

    waiting: int = 12 << 20
    group: int = 4 << 20
    seal_after: float = 0.5
    seal_many: int = 32_768
    seal_bytes: int = 12 << 20
    floor: int = disk.FLOOR
    reserve: int = disk.RESERVE


@dataclass(eq=False)
class Sequencer:
    """`serve` runs until cancelled. ``files`` stands for the disk in tests."""

    home: Path
    limits: Limits = Limits()
    files: Files | None = None
    since: str = ""
    tally: Tally = field(init=False)
    _buckets: Buckets = field(default_factory=Buckets)
    _book: Book | None = None
    _waiting: list[Waiting] = field(default_factory=list)
    _bytes: int = 0
    _unsealed: int = 0
    _seal_at: float = 0.0
    _near_full: bool = False
    _lent_until: float = 0.0

    def __post_init__(self) -> None:
        """One thread does all that touches the log."""
        self.tally = Tally(self.home, self.since)
        self._wake = asyncio.Event()
        self._wanted = LogPlaces(self.home, LOG).wanted
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="log")

    async def serve(self, ready: Callable[[], object] = lambda: None) -> None:
        """Open the log, listen, and write until cancelled. LogBusy or LogDamaged when it cannot be opened at all."""
        (self.home / "run").mkdir(mode=0o700, exist_ok=True)
        self._book = await self._on_thread(lambda: Book(self.home, files=self.files))
        if self.limits.reserve and not disk.reserve(self.home, self.limits.reserve):
            self._say("reserve", refusals.reserve_reached())
        path = wire.place(self.home)
        path.unlink(missing_ok=True)
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        with wire.reachable(path) as name:
            listener.bind(name)
        path.chmod(0o600)
        server = await asyncio.get_running_loop().create_unix_server(lambda: Hearing(self._hear), sock=listener)
        tasks = [asyncio.create_task(self._write()), asyncio.create_task(self._watch())]
        ready()
        try:
            await asyncio.gather(*tasks)
        finally:
            server.close()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            self._refuse_all(refusals.away())
            if (book := self._book) is not None:
                self._book = None
                await self._on_thread(book.finish)
            self.tally.write()
            self._thread.shutdown()

    def _hear(self, said: Said, bundle: bytearray, tell: Callable[[Answer], None]) -> None:
        """A message of one of the processes that send batches; answers go back in the order in which these are durable."""
        match said:
            case Put():
                self._take(said, bundle, tell)
            case Turned(source, count):
                self.tally.turned(source, count)
            case Trouble(who, sentence):
                self.tally.trouble(who, sentence)

    def _take(self, put: Put, bundle: bytearray, tell: Callable[[Answer], None]) -> None:
        """Let a batch wait, or refuse it at once."""
        size = len(bundle)
        try:
            if self._near_full:
                raise refusals.reserve_reached()
            if self._book is None:
                raise refusals.unwritten()
            if self._bytes + size > self.limits.waiting and self._waiting:
                raise refusals.full()
            held = self._held(bundle)
            if wait := self._buckets.wait(put.source, len(held), put.most):
                tell(wire.refusal(put.ask, refusals.too_fast(put.most), wait))
                self.tally.turned(put.source, len(held))
                return
        except Refused as refused:
            tell(wire.refusal(put.ask, refused))
            return
        self._bytes += size
        self._waiting.append(Waiting(put, held, tell))
        self._wake.set()

    @staticmethod
    def _held(bundle: bytearray) -> Bundle:
        """The entries of a batch, each looked at."""
        try:
            held = Bundle.read(bundle)
        except BadEntry:
            held = Bundle()
        if not len(held):
            raise refusals.malformed("A batch holds at least one entry.", "每批至少一筆。")
        return held

    async def _write(self) -> None:
        """Append what waits, seal when it is due, open the log again when it failed."""
        falls = 0
        while True:
            if self._book is None:
                await asyncio.sleep(max(BACK_OFF[min(falls, len(BACK_OFF) - 1)], self._lent_until - time.monotonic()))
                falls = 0 if await self._open_again() else falls + 1
                continue
            if self._wanted.exists():
                await self._lend(self._book)
                continue
            due = min(LOOK, self._seal_at - time.monotonic()) if self._book.unsealed else LOOK
            if not self._waiting and due > 0:
                self._wake.clear()
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._wake.wait(), due)
            if group := self._group():
                await self._commit(self._book, group)
            if self._book is not None and self._seal_is_due(self._book):
                self._unsealed = 0
                await self._guarded(self._book.seal)

    def _group(self) -> list[Waiting]:
        """What is appended together; the rest waits, so that workers have work while it is written."""
        size = taken = 0
        for each in self._waiting:
            size += each.size
            if taken and size > self.limits.group:
                break
            taken += 1
        group, self._waiting = self._waiting[:taken], self._waiting[taken:]
        return group

    def _seal_is_due(self, book: Book) -> bool:
        many = book.unsealed >= self.limits.seal_many or self._unsealed >= self.limits.seal_bytes
        return book.unsealed > 0 and (many or time.monotonic() >= self._seal_at)

    async def _commit(self, book: Book, group: list[Waiting]) -> None:
        """Append a group and tell every sender; one that fails takes none of the group."""
        fresh, again = group_commit.told_apart(book, group)
        bundles = [each.held for each in fresh]
        if not book.unsealed:
            self._seal_at = time.monotonic() + self.limits.seal_after
        try:
            if bundles:
                first = await self._guarded(lambda: book.append(bundles))
                if first is None:
                    for each in (*fresh, *again):
                        each.tell(wire.refusal(each.put.ask, refusals.unwritten()))
                    return
                self._unsealed += sum(each.size for each in fresh)
                group_commit.tell(book, fresh, first, self.tally.came)
                if book.clients.skipped:
                    self.tally.skipped(book.clients.drain())
            group_commit.tell_again(book, again)
        finally:
            self._bytes -= sum(each.size for each in group)

    async def _guarded(self, deed: Callable[[], T]) -> T | None:
        """The deed done in the log's thread; None when it failed: then the log is closed, and all that wait are refused."""
        try:
            return await self._on_thread(deed)
        except (Fault, OSError) as failed:
            why = failed if isinstance(failed, Fault) else None
            self._say("log", refusals.unwritten(why.en if why else str(failed), why.zh_hant if why else ""))
            book, self._book = self._book, None
            if book is not None:
                await self._on_thread(book.close)
            self._refuse_all(refusals.unwritten())
            return None

    async def _lend(self, book: Book) -> None:
        """Let go of the log for a moment, for whoever needs it (letting old records go, a new key); then wait for it."""
        self._wanted.unlink(missing_ok=True)
        self._book, self._lent_until = None, time.monotonic() + LENT
        await self._on_thread(book.finish)
        self._refuse_all(refusals.unwritten())

    async def _open_again(self) -> bool:
        try:
            self._book = await self._on_thread(lambda: Book(self.home, files=self.files))
        except (Fault, OSError) as failed:
            if isinstance(failed, Fault) and not isinstance(failed, LogBusy):
                self._say("log", refusals.unwritten(failed.en, failed.zh_hant))
            return False
        self.tally.trouble("log", "")
        return True

    async def _watch(self) -> None:
        """Each second: the room on the disk, and what came in."""
        while True:
            self._near_full = disk.free(self.home) < self.limits.floor
            if self._near_full:
                self._say("disk", refusals.reserve_reached())
            else:
                self.tally.trouble("disk", "")
            if self._book is not None:
                self.tally.missing(self._book.clients.missing)
            self.tally.write()
            await asyncio.sleep(1)

    def _refuse_all(self, refused: Refused) -> None:
        group, self._waiting = self._waiting, []
        for each in group:
            each.tell(wire.refusal(each.put.ask, refused))
            self._bytes -= each.size

    def _say(self, who: str, what: Refused) -> None:
        self.tally.trouble(who, f"{what.code} {what.zh_hant} {what.en}")

    async def _on_thread(self, deed: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, deed)


def main(arguments: Sequence[str] | None = None) -> int:
    """``python -m fanghu.edge.sequencer``: exit 75 when another process holds the log."""
    home, since = data_folder(arguments)
    try:
        run_until_stopped(lambda: Sequencer(home, since=since).serve(lambda: say("sequencer ready")))
    except Fault as fault:
        say(f"{fault.code} {fault.en} {fault.zh_hant}")
        Tally(home, since, troubles={"log": f"{fault.code} {fault.zh_hant} {fault.en}"}).write()
        return int(Exit.BUSY if isinstance(fault, LogBusy) else Exit.CANNOT)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
