"""One connection's bytes. What came is kept until it is read, also when the sender breaks off without a farewell."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

MOST = 65_536
"""Bytes that wait at most before the sender has to."""


class Stream(asyncio.Protocol):
    """Unlike asyncio.StreamReader it hands out what it holds before it tells of an error: TLS senders often end rudely."""

    def __init__(self, begun: Callable[[Stream], None]) -> None:
        self._begun, self._chunks, self._size = begun, list[bytes](), 0
        self._ready, self._ended, self._paused = asyncio.Event(), False, False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self._begun(self)

    def data_received(self, data: bytes) -> None:
        """Keep it; read no further when much waits."""
        self._chunks.append(data)
        self._size += len(data)
        if self._size >= MOST and not self._paused:
            self._paused = True
            self.transport.pause_reading()
        self._ready.set()

    def eof_received(self) -> None:
        """Nothing more comes."""
        self._end()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing more comes."""
        self._end()

    def _end(self) -> None:
        self._ended = True
        self._ready.set()

    async def read(self) -> bytes:
        """What came since the last time, b"" at the end; waits for something."""
        while not self._chunks:
            if self._ended:
                return b""
            self._ready.clear()
            await self._ready.wait()
        data = b"".join(self._chunks)
        self._chunks, self._size = [], 0
        if self._paused:
            self._paused = False
            self.transport.resume_reading()
        return data
