"""TLS in asyncio with little memory for each connection: hundreds that wait amid a message are not to fill the machine."""

from __future__ import annotations

from asyncio import constants, sslproto
from typing import Any

AT_ONCE = 16 << 10
"""Bytes read at once, and held before no more are read: one record (RFC 8446 section 5.1). asyncio's own are 256 KiB."""
_common = bytearray(AT_ONCE)


class Thrifty(sslproto.SSLProtocol):
    """Reads into one buffer with all others of its process: what came is copied out before another connection's turn.

    For event loops that ask for a buffer, read and tell in one go, as those of selectors do; one loop in a process.
    """

    max_size = AT_ONCE

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._ssl_buffer, self._ssl_buffer_view = _common, memoryview(_common)


def use() -> None:
    """From now on for every connection of this process."""
    sslproto.SSLProtocol = Thrifty  # type: ignore[misc]
    constants.FLOW_CONTROL_HIGH_WATER_SSL_READ = AT_ONCE >> 10  # type: ignore[misc]
