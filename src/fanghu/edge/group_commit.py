"""Batches that are written together: those that are new, those that were taken before, and what each sender is told."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from fanghu.edge import refusals, wire
from fanghu.edge.book import Book
from fanghu.edge.clients import Kept, mark
from fanghu.edge.taker import Refused
from fanghu.edge.wire import Done, Not, Put
from fanghu.tlog.bundle import Bundle


@dataclass(slots=True, eq=False)
class Waiting:
    """One batch that waits for its place, and whom to tell."""

    put: Put
    held: Bundle
    tell: Callable[[Done | Not], None]

    @property
    def size(self) -> int:
        """Bytes."""
        return len(self.held.data)


def told_apart(book: Book, group: list[Waiting]) -> tuple[list[Waiting], list[Waiting]]:
    """What is new, and what was taken before or stands twice in the group; the rest is told that it is refused."""
    fresh: list[Waiting] = []
    again: list[Waiting] = []
    seen: set[tuple[str, str, int]] = set()
    for each in group:
        put = each.put
        if not put.number:
            fresh.append(each)
            continue
        try:
            taken = book.clients.look(put.source, put.client, put.number, put.digest) is not None
        except Refused as refused:
            each.tell(wire.refusal(put.ask, refused))
            continue
        name = mark(put.source, put.client, put.number)
        (again if taken or name in seen else fresh).append(each)
        seen.add(name)
    return fresh, again


def tell(book: Book, fresh: Sequence[Waiting], first: int, came: Callable[[str, int, int], object]) -> None:
    """Tell every sender where its entries lie, from ``first`` on, and remember the batches."""
    for each in fresh:
        put, count = each.put, len(each.held)
        if put.number:
            book.keep(put.source, put.client, put.number, Kept(put.digest, first, count, put.verbatim))
        each.tell(Done(put.ask, first, count, put.verbatim))
        came(put.source, count, put.verbatim)
        first += count


def tell_again(book: Book, again: Sequence[Waiting]) -> None:
    """Tell who sent a batch again where it lies."""
    for each in again:
        put = each.put
        try:
            kept = book.clients.look(put.source, put.client, put.number, put.digest)
        except Refused as refused:
            each.tell(wire.refusal(put.ask, refused))
            continue
        if kept is None:
            each.tell(wire.refusal(put.ask, refusals.unwritten()))
        else:
            each.tell(Done(put.ask, kept.first, kept.count, kept.verbatim, again=True))
