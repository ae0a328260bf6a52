"""Handing batches on and waiting as long as the log cannot take them; what was refused, counted and told by the minute."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import msgspec

from fanghu.edge.taker import Batch, Refused, Taken, Taker

FIRST_WAIT, LONGEST_WAIT = 0.1, 5.0
MOST_NOTES = 1_000
"""Kinds of notes counted apart; past it they are counted together, whoever sent them."""

UNKNOWN, FOREIGN_HOST, OVERLONG, TORN, DROPPED, CROWDED, REFUSED = (
    "unknown-sender", "undeclared-host", "overlong", "torn", "dropped", "too-many-connections", "refused",
)  # fmt: skip
"""Why something that came was not kept."""


@dataclass(frozen=True, slots=True)
class Note:
    """Something that was not kept: why, whose it was ("" for nobody's), from which address."""

    why: str
    source: str
    peer: str


@dataclass(slots=True)
class Notes:
    """Counts by note, so that a flood of the unknown costs one line a minute each."""

    counts: Counter[Note] = field(default_factory=Counter)

    def count(self, why: str, *, source: str = "", peer: str = "", times: int = 1) -> None:
        """Note that ``times`` more of it were not kept."""
        if not times:
            return
        note = Note(why, source, peer)
        if note not in self.counts and len(self.counts) >= MOST_NOTES:
            note = Note(why, "", "")
        self.counts[note] += times

    def drain(self) -> list[tuple[Note, int]]:
        """What was counted since the last time."""
        told = list(self.counts.items())
        self.counts.clear()
        return told


def line_of(note: Note, times: int) -> bytes:
    """A note as one line of JSON, for a batch of nobody's (see `fanghu.edge.encoding.note_of_line`)."""
    return msgspec.json.encode(
        {"type": "intake.refused", "where": note.peer, "object": note.source, "n": times, "detail": {"why": note.why}}
    )


def trouble(code: str, en: str, zh_hant: str) -> str:
    """What is wrong, as the pages show it: both languages, as everything in the intake's state."""
    return f"{code} {zh_hant} {en}"


class Delivery:
    """What every way in hands its batches to."""

    def __init__(
        self, taker: Taker, notes: Notes | None = None, pause: Callable[[float], Awaitable[object]] = asyncio.sleep
    ) -> None:
        self.taker, self.notes, self.pause = taker, notes or Notes(), pause

    async def hand(self, batch: Batch) -> Taken:
        """Returns once the batch is durable, however long that takes: who waits here reads no more of its sender.

        Raises Refused when it never will be.
        """
        wait = FIRST_WAIT
        while True:
            try:
                return await self.taker.take(batch)
            except Refused as why:
                if not why.retry:
                    raise
                asked = why.wait
            await self.pause(asked or wait)
            wait = min(wait * 2, LONGEST_WAIT)

    async def hand_or_count(self, batch: Batch) -> None:
        """As `hand`; what is refused for good is counted, for a sender that cannot be told."""
        try:
            await self.hand(batch)
        except Refused:
            self.notes.count(REFUSED, source=batch.source, peer=batch.peer, times=len(batch.lines))
