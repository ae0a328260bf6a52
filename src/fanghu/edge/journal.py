"""Reading journald through ``journalctl -o export``: every entry once, its cursor kept after the log has it."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Sequence

from fanghu.edge.following_positions import Cursor, Positions, client_of, digest_of
from fanghu.edge.journal_export import Export, Record
from fanghu.edge.listening_delivery import TORN, Delivery, trouble
from fanghu.edge.taker import Batch, Refused

WAY = FORMAT = "journal"
CHUNK = 65_536
BATCH, BYTES = 1_000, 1 << 20
GATHER = 0.05
PAUSE, STEADY = 2.0, 5.0
"""Seconds before journalctl is started again; after which one that runs is well, though it says nothing."""


class JournalReader:
    """Reads the entries that match (``FIELD=value`` words, as journalctl takes them) as one source.

    ``trouble`` is "" or what keeps it from reading; ``where`` are more arguments, such as ``--directory=…``.
    """

    def __init__(
        self, source: str, match: str, delivery: Delivery, positions: Positions, where: Sequence[str] = (),
    ) -> None:  # fmt: skip
        self.source, self.match, self.trouble = source, match, ""
        self._delivery, self._positions, self._where = delivery, positions, list(where)

    @property
    def _cursor(self) -> Cursor:
        return self._positions.journal(f"{self.source}\n{self.match}")

    async def run(self) -> None:
        """Until cancelled; journalctl is started again when it ends."""
        while True:
            try:
                await self.read(follow=True)
                self.trouble = trouble(
                    "FH-IN-36", "journalctl ended; starting it again.", "journalctl 已結束；重新啟動中。"
                )
            except Refused as why:
                self._cursor.client, self._cursor.pending = client_of(WAY, self.source), 0
                self.trouble = trouble(why.code, f"{self.source}: {why.en}", f"{self.source}：{why.zh_hant}")
            except OSError as why:
                said = why.strerror or why
                self.trouble = trouble(
                    "FH-IN-36", f"journalctl cannot be run ({said}).", f"無法執行 journalctl（{said}）。"
                )
            await self._delivery.pause(PAUSE)

    async def read(self, *, follow: bool) -> None:
        """Hand on what comes after the cursor; without ``follow`` until there is no more."""
        program = shutil.which("journalctl")
        if program is None:
            raise FileNotFoundError(2, "there is no journalctl on this machine")
        cursor = self._cursor
        said = [f"--after-cursor={cursor.cursor}"] if cursor.cursor else []
        process = await asyncio.create_subprocess_exec(
            program, "--output=export", "--all", "--no-pager", "--quiet", *(["--follow", "--no-tail"] if follow else []),
            *said, *self._where, *self.match.split(),
            stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
            limit=CHUNK,
        )  # fmt: skip
        steady = asyncio.get_running_loop().call_later(STEADY, self._is_well)
        try:
            assert process.stdout is not None
            await self._stream(process.stdout)
        finally:
            steady.cancel()
            if process.returncode is None:
                process.kill()
            await process.wait()

    def _is_well(self) -> None:
        self.trouble = ""

    async def _stream(self, stream: asyncio.StreamReader) -> None:
        export, waiting = Export(), list[Record]()
        while data := await stream.read(CHUNK):
            self.trouble = ""
            waiting += export.feed(data)
            try:
                async with asyncio.timeout(GATHER):
                    while waiting and _first(waiting) == len(waiting) < BATCH and (data := await stream.read(CHUNK)):
                        waiting += export.feed(data)
            except TimeoutError:
                pass
            again = self._cursor.pending
            if again and len(waiting) < again:
                continue  # what was under way when we died comes first, and as one
            if again:
                await self._hand(waiting[:again], again=True)
                waiting = waiting[again:]
            while waiting:
                count = _first(waiting)
                await self._hand(waiting[:count])
                waiting = waiting[count:]
            self._delivery.notes.count(TORN, source=self.source, times=export.broken)
            export.broken = 0
        if waiting:
            self._cursor.pending = 0
            await self._hand(waiting)

    async def _hand(self, entries: Sequence[Record], *, again: bool = False) -> None:
        cursor, lines = self._cursor, [entry.raw for entry in entries]
        if not (again and cursor.pending_digest == digest_of(lines)):
            if again:
                cursor.client = client_of(WAY, self.source)  # another journal than before
            cursor.number, cursor.pending, cursor.pending_digest = cursor.number + 1, len(lines), digest_of(lines)
            await asyncio.to_thread(self._positions.save)
        await self._delivery.hand(Batch(self.source, lines, client=cursor.client, number=cursor.number, format=FORMAT))
        cursor.cursor = entries[-1].cursor or cursor.cursor
        cursor.pending = 0
        await asyncio.to_thread(self._positions.save)


def _first(waiting: Sequence[Record]) -> int:
    """How many of them make a batch."""
    size = 0
    for count, record in enumerate(waiting[:BATCH]):
        size += len(record.raw)
        if count and size > BYTES:
            return count
    return min(len(waiting), BATCH)
