"""One HTTP/1.1 request read from a stream, within limits of size and time (RFC 9112); and the answer to it."""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus

from fanghu.edge import refusals
from fanghu.edge.taker import Refused

HEAD = 16 << 10
"""Bytes a request line and its headers may hold."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Bytes and lines of a batch; seconds for the head, for the whole body, without a byte of it, and
    between requests; connections; bytes of all bodies being read, and being encoded.
    """

    body: int = 4 << 20
    lines: int = 10_000
    head_seconds: float = 10.0
    body_seconds: float = 30.0
    stall_seconds: float = 8.0
    idle_seconds: float = 75.0
    connections: int = 150
    connections_of_one: int = 100
    reading: int = 4 << 20
    encoding: int = 16 << 20


@dataclass(frozen=True, slots=True)
class Request:
    """The head of a request; header names are in lower case."""

    method: str
    path: str
    headers: Mapping[str, str]
    version: str = "HTTP/1.1"

    @property
    def stays(self) -> bool:
        """Whether the connection may serve another request."""
        said = self.headers.get("connection", "").lower()
        return "close" not in said if self.version == "HTTP/1.1" else "keep-alive" in said

    @property
    def content_type(self) -> str:
        """The media type, without parameters."""
        return self.headers.get("content-type", "").split(";")[0].strip().lower()


def _bad() -> Refused:
    return refusals.malformed("The request is not HTTP/1.1 as it is read here.", "請求不符合 HTTP/1.1 格式。")


async def read_head(reader: asyncio.StreamReader, limits: Limits) -> Request | None:
    """The next request's head; None when the sender is gone or has nothing more to say. Refused when it is none."""
    try:
        first = await asyncio.wait_for(reader.read(1), limits.idle_seconds)
        if not first:
            return None
        rest = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), limits.head_seconds)
    except TimeoutError:
        return None
    except asyncio.IncompleteReadError:
        return None
    except asyncio.LimitOverrunError:
        raise _bad() from None
    return parse_head(first + rest)


def parse_head(data: bytes) -> Request:
    """A request line and headers; Refused FH-IN-10 for anything that two readers could take differently."""
    lines = data.decode("latin-1").strip("\r\n").split("\r\n")
    parts = lines[0].split(" ")
    if len(parts) != 3 or parts[2] not in ("HTTP/1.1", "HTTP/1.0"):
        raise _bad()
    headers: dict[str, str] = {}
    for line in lines[1:]:
        name, colon, value = line.partition(":")
        name = name.lower()
        if not colon or not name or name != name.strip() or "\n" in line or "\r" in line:
            raise _bad()
        if name in headers and name in ("content-length", "transfer-encoding", "authorization", "host"):
            raise _bad()
        headers[name] = value.strip()
    if "content-length" in headers and "transfer-encoding" in headers:
        raise _bad()
    return Request(parts[0], parts[1].split("?")[0], headers, parts[2])


async def read_body(
    reader: asyncio.StreamReader, request: Request, limits: Limits, held: Callable[[int], Awaitable[None]]
) -> bytes:
    """The body as it came; ``held`` is awaited before more bytes are read, and raises Refused when there is no room."""
    too_large = refusals.too_large(limits.body, limits.lines)
    if request.headers.get("transfer-encoding", "").lower() == "chunked":
        return await _chunked(reader, limits, held)
    length = request.headers.get("content-length", "0")
    if "transfer-encoding" in request.headers or not (length.isascii() and length.isdecimal()):
        raise _bad()
    if len(length) > 12 or int(length) > limits.body:
        raise too_large
    left, parts = int(length), []
    while left:
        async with asyncio.timeout(limits.stall_seconds):
            part = await reader.read(min(left, 1 << 18))
        if not part:
            raise asyncio.IncompleteReadError(b"", left)
        await held(len(part))
        left -= len(part)
        parts.append(part)
    return b"".join(parts)


async def _chunked(reader: asyncio.StreamReader, limits: Limits, held: Callable[[int], Awaitable[None]]) -> bytes:
    body = bytearray()
    while True:
        line = await reader.readuntil(b"\r\n")
        size = line.split(b";")[0].strip()
        if not size or len(size) > 8 or any(digit not in b"0123456789abcdefABCDEF" for digit in size):
            raise _bad()
        if not int(size, 16):
            break
        if len(body) + int(size, 16) > limits.body:
            raise refusals.too_large(limits.body, limits.lines)
        await held(int(size, 16))
        async with asyncio.timeout(limits.stall_seconds):
            body += await reader.readexactly(int(size, 16))
        if await reader.readexactly(2) != b"\r\n":
            raise _bad()
    while (await reader.readuntil(b"\r\n")) != b"\r\n":
        pass
    return bytes(body)


def unpacked(body: bytes, encoding: str, limits: Limits) -> bytes:
    """The body without gzip or zstd; Refused FH-IN-05 when it grows too large, FH-IN-06, FH-IN-10 for what is neither."""
    encoding = encoding.strip().lower()
    if encoding in ("", "identity"):
        return body
    broken = refusals.malformed("The packed body is damaged; send it again.", "壓縮內容損毀；請重送。")
    if encoding == "gzip":
        unpacker = zlib.decompressobj(31)
        try:
            found = unpacker.decompress(body, limits.body + 1)
        except zlib.error:
            raise broken from None
        whole = unpacker.eof and not unpacker.unused_data
    elif encoding == "zstd":
        import zstandard

        try:
            with zstandard.ZstdDecompressor(max_window_size=8 << 20).stream_reader(body) as reader:
                found = reader.read(limits.body + 1)
                whole = True
        except zstandard.ZstdError:
            raise broken from None
    else:
        raise refusals.unknown_form(encoding[:40])
    if len(found) > limits.body:
        raise refusals.too_large(limits.body, limits.lines)
    if not whole:
        raise broken
    return found


def answer(status: int, body: bytes, content_type: str, *, stays: bool, wait: float = 0) -> bytes:
    """A whole response."""
    lines = [
        f"HTTP/1.1 {status} {HTTPStatus(status).phrase}",
        f"Content-Type: {content_type}",
        f"Content-Length: {len(body)}",
        f"Connection: {'keep-alive' if stays else 'close'}",
    ]
    if wait:
        lines.append(f"Retry-After: {max(1, round(wait + 0.5))}")
    if status == HTTPStatus.UNAUTHORIZED:
        lines.append("WWW-Authenticate: Bearer")
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body
