"""The sequencer's ear: one connection of a process that sends batches, read straight into the memory they stay in."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable

from fanghu.edge import wire
from fanghu.edge.wire import Answer, Said

Heard = Callable[[Said, bytearray, Callable[[Answer], None]], None]
"""Told of each message, its bundle, and how to answer."""


class Hearing(asyncio.BufferedProtocol):
    """Ends the connection of another user, and of whoever says what is no message."""

    def __init__(self, heard: Heard) -> None:
        self._heard = heard
        self._transport: asyncio.Transport | None = None
        self._head, self._body = bytearray(wire.PREFIX.size), bytearray()
        self._prefixed = False
        self._into, self._got = memoryview(self._head), 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Only processes of this user are heard (SO_PEERCRED)."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        if wire.peer_uid(transport.get_extra_info("socket")) != os.geteuid():
            transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        """Answers to who is gone go nowhere."""
        self._transport = None

    def tell(self, answer: Answer) -> None:
        """Answer, if somebody is there still."""
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(wire.packed(answer))

    def get_buffer(self, sizehint: int) -> memoryview:
        """Where the next bytes belong."""
        return self._into[self._got :]

    def buffer_updated(self, nbytes: int) -> None:
        """So many came."""
        self._got += nbytes
        while self._got == len(self._into):
            try:
                self._turn()
            except ValueError:
                if self._transport is not None:
                    self._transport.abort()
                return

    def _turn(self) -> None:
        """What was waited for is whole: the prefix, the head, the bundle."""
        self._got = 0
        if not self._prefixed:
            head, bundle = wire.PREFIX.unpack(self._head)
            if not 0 < head <= wire.HEAD or bundle > wire.BUNDLE:
                raise ValueError("a message is too long")
            self._prefixed = True
            self._head, self._body = bytearray(head), bytearray(bundle)
            self._into = memoryview(self._head)
            return
        if self._into.obj is self._head and self._body:
            self._into = memoryview(self._body)
            return
        head_, body = self._head, self._body
        self._prefixed = False
        self._head, self._body = bytearray(wire.PREFIX.size), bytearray()
        self._into = memoryview(self._head)
        self._heard(wire.said(head_), body, self.tell)
