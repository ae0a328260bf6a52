"""TLS in asyncio with little memory for each connection: hundreds that wait amid a message are not to fill the machine."""

from __future__ import annotations

from asyncio import constants, sslproto
from typing import Any

RECORD = 16 << 10
"""Bytes of one record (RFC 8446 section 5.1)."""


class Thrifty(sslproto.SSLProtocol):
    """Reads into one buffer with all others of its process: what came is copied out before another connection's turn.

    For event loops that ask for a buffer, read and tell in one go, as those of selectors do; one loop in a process.
    """

    common = bytearray(RECORD)

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._ssl_buffer, self._ssl_buffer_view = self.common, memoryview(self.common)


def use(at_once: int) -> None:
    """From now on for every connection of this process: so many bytes are read at once (asyncio's own are 256 KiB)."""
    Thrifty.max_size, Thrifty.common = at_once, bytearray(at_once)
    sslproto.SSLProtocol = Thrifty  # type: ignore[misc]
    constants.FLOW_CONTROL_HIGH_WATER_SSL_READ = at_once >> 10  # type: ignore[misc]
