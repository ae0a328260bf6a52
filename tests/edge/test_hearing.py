"""However a message is cut on its way, the sequencer hears the same; what is none ends the connection and no more."""

from __future__ import annotations

import asyncio
import os
import socket
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fanghu.edge import wire
from fanghu.edge.hearing import Hearing
from fanghu.edge.wire import Answer, Done, Put, Said, Trouble, Turned

SAID: list[tuple[Said, bytes]] = [
    (Put(1, "gate", "gw01", 7, bytes(32), 2, 500), b"bundle of the first" * 40),
    (Turned("gate", 3), b""),
    (Put(2, "gate", "gw01", 8, bytes(32)), b""),
    (Trouble("disk", "full"), b""),
    (Put(3, "gate", "gw01", 9, bytes(32)), b"x"),
]
STREAM = b"".join(wire.packed(what, len(bundle)) + bundle for what, bundle in SAID)


class Line(asyncio.Transport):
    """A transport of this very process, or of somebody else's."""

    def __init__(self) -> None:
        super().__init__()
        self.mine, self.theirs = socket.socketpair()
        self.written, self.aborted = b"", False

    def get_extra_info(self, name: str, default: object = None) -> object:
        return self.mine if name == "socket" else default

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.written += bytes(data)

    def is_closing(self) -> bool:
        return self.aborted

    def abort(self) -> None:
        self.aborted = True

    def end(self) -> None:
        self.mine.close()
        self.theirs.close()


def heard(pieces: list[bytes]) -> tuple[list[tuple[Said, bytes]], Line]:
    found: list[tuple[Said, bytes]] = []

    def hear(said: Said, bundle: bytearray, _tell: object) -> None:
        found.append((said, bytes(bundle)))

    line, hearing = Line(), Hearing(hear)
    hearing.connection_made(line)
    for piece in pieces:
        while piece and not line.aborted:
            room = hearing.get_buffer(-1)
            some = piece[: len(room)]
            room[: len(some)] = some
            hearing.buffer_updated(len(some))
            piece = piece[len(some) :]
    line.end()
    return found, line


@given(st.sets(st.integers(1, len(STREAM) - 1), max_size=30))
def test_messages_cut_anywhere_are_heard_whole(cuts: set[int]) -> None:
    pieces = [STREAM[start:end] for start, end in pairwise([0, *sorted(cuts), len(STREAM)])]
    found, line = heard(pieces)
    assert found == SAID
    assert not line.aborted


@pytest.mark.parametrize(
    "bad",
    [
        wire.PREFIX.pack(0, 0),
        wire.PREFIX.pack(wire.HEAD + 1, 0),
        wire.PREFIX.pack(4, wire.BUNDLE + 1),
        wire.PREFIX.pack(4, 0) + b"none",
        b"GET / HTTP/1.1\r\n\r\n",
    ],
)
def test_what_is_no_message_ends_the_connection(bad: bytes) -> None:
    first = wire.packed(SAID[0][0], len(SAID[0][1])) + SAID[0][1]
    found, line = heard([first + bad + STREAM])
    assert found == SAID[:1]
    assert line.aborted


def test_another_user_is_not_heard(monkeypatch: pytest.MonkeyPatch) -> None:
    mine = os.geteuid()
    monkeypatch.setattr(os, "geteuid", lambda: mine + 1)
    found, line = heard([STREAM])
    assert line.aborted
    assert found == []


def test_who_is_gone_gets_no_answer() -> None:
    answers: list[Answer] = [Done(1, 0, 2)]
    line, hearing = Line(), Hearing(lambda _said, _bundle, _tell: None)
    hearing.connection_made(line)
    hearing.tell(answers[0])
    assert line.written == wire.packed(answers[0])
    hearing.connection_lost(None)
    hearing.tell(answers[0])
    assert line.written == wire.packed(answers[0])
    line.end()
