"""A log that keeps lines in memory: what listeners hand their batches to, with the sequencer's manners."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from fanghu.edge.taker import Batch, Refused, Taken


class Kept:
    """Takes each (client, number) once; refuses another content under a number. ``gate`` can hold every batch up."""

    def __init__(self) -> None:
        self.batches: list[Batch] = []
        self.numbers: dict[tuple[str, str, int], tuple[bytes, ...]] = {}
        self.refusals: list[Refused] = []
        self.gate: asyncio.Semaphore | None = None
        self.waiting: list[Batch] = []
        self.again = 0
        self.told: dict[str, str] = {}
        self.troubles: list[str] = []
        self.turned_away: dict[str, int] = {}

    async def take(self, batch: Batch) -> Taken:
        if self.gate is not None:
            self.waiting.append(batch)
            await self.gate.acquire()
            self.waiting.remove(batch)
        if self.refusals:
            raise self.refusals.pop()
        if batch.number:
            key = (batch.source, batch.client, batch.number)
            if key in self.numbers:
                if self.numbers[key] != tuple(batch.lines):
                    raise Refused("FH-IN-08", "other content", "內容不同")
                self.again += 1
                return Taken(0, len(batch.lines), again=True)
            self.numbers[key] = tuple(batch.lines)
        self.batches.append(batch)
        return Taken(0, len(batch.lines))

    def turned(self, source: str, count: int = 1) -> None:
        self.turned_away[source] = self.turned_away.get(source, 0) + count

    def trouble(self, who: str, sentence: str) -> None:
        self.told[who] = sentence
        self.troubles += [sentence] if sentence else []

    def lines(self, source: str | None = None) -> list[bytes]:
        return [bytes(line) for batch in self.batches if source in (None, batch.source) for line in batch.lines]


async def until(true: Callable[[], object], seconds: float = 60) -> None:
    """Wait for a condition; the limit is for a machine under load."""
    async with asyncio.timeout(seconds):
        while not true():  # noqa: ASYNC110 - the condition is the world's
            await asyncio.sleep(0.01)
