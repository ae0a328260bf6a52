"""What the listeners' processes and the sequencer say to each other over its Unix socket: length, then MessagePack."""

from __future__ import annotations

import asyncio
import os
import socket
import struct
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

import msgspec

from fanghu.edge.taker import Refused

LARGEST = 4 << 20
"""Bytes one message may hold."""
PART = 1 << 19
MOST = 64 << 20
"""Bytes one batch may hold."""
_LENGTH = struct.Struct(">I")


class Put(msgspec.Struct, tag="put", array_like=True):
    """One batch as a bundle of entries; (source, client, number) names it and ``digest`` is what it holds.

    ``most`` records a second are let in from the source (0: any number); ``verbatim`` of the entries could not be read.
    """

    ask: int
    source: str
    client: str
    number: int
    digest: bytes
    bundle: bytes
    verbatim: int = 0
    most: int = 0
    follows: bool = False


class More(msgspec.Struct, tag="more", array_like=True):
    """How the bundle of the `Put` before goes on, so that one message is never large."""

    bundle: bytes
    follows: bool = False


class Turned(msgspec.Struct, tag="turned", array_like=True):
    """Records of ``source`` that were refused before they came here; of nobody known where it is ""."""

    source: str
    count: int


class Trouble(msgspec.Struct, tag="trouble", array_like=True):
    """What is wrong with one part of the intake now; "" when it is well again."""

    who: str
    sentence: str


class Done(msgspec.Struct, tag="done", array_like=True):
    """The batch is durable: `fanghu.edge.taker.Taken`."""

    ask: int
    first: int
    count: int
    verbatim: int = 0
    again: bool = False


class Not(msgspec.Struct, tag="not", array_like=True):
    """Nothing of the batch was taken: `fanghu.edge.taker.Refused`; ``wait`` seconds before it is worth trying again."""

    ask: int
    code: str
    en: str
    zh_hant: str
    retry: bool
    wait: float = 0


def refusal(ask: int, refused: Refused, wait: float = 0) -> Not:
    """A refusal as it is told."""
    return Not(ask, refused.code, refused.en, refused.zh_hant, refused.retry, wait)


Said = Put | More | Turned | Trouble
Answer = Done | Not
_encoder = msgspec.msgpack.Encoder()
_said: msgspec.msgpack.Decoder[Said] = msgspec.msgpack.Decoder(Said)
_answer: msgspec.msgpack.Decoder[Answer] = msgspec.msgpack.Decoder(Answer)


def packed(what: Said | Answer) -> bytes:
    """The message with its length before it."""
    body = _encoder.encode(what)
    return _LENGTH.pack(len(body)) + body


async def send(writer: asyncio.StreamWriter, put: Put) -> None:
    """Write a batch in parts, so that the whole of it never waits in a buffer. One at a time for one writer."""
    bundle, left = put.bundle, len(put.bundle) - PART
    writer.write(packed(msgspec.structs.replace(put, bundle=bundle[:PART], follows=left > 0)))
    await writer.drain()
    for start in range(PART, len(bundle), PART):
        writer.write(packed(More(bundle[start : start + PART], start + PART < len(bundle))))
        await writer.drain()


async def put_of(reader: asyncio.StreamReader, put: Put) -> Put:
    """The whole batch that begins with ``put``. EOFError and ValueError as `said`."""
    if not put.follows:
        return put
    parts, size, follows = [put.bundle], len(put.bundle), True
    while follows:
        part = await said(reader)
        if not isinstance(part, More):
            raise ValueError("a batch is cut short")  # noqa: TRY004 - what came, not what was passed
        parts.append(part.bundle)
        size, follows = size + len(part.bundle), part.follows
        if size > MOST:
            raise ValueError("a batch is too long")
    put.bundle = b"".join(parts)
    return put


async def said(reader: asyncio.StreamReader) -> Said:
    """The next message to the sequencer. EOFError when the other side is gone, ValueError for what is none."""
    return _said.decode(await _frame(reader))


async def answer(reader: asyncio.StreamReader) -> Answer:
    """The next answer of the sequencer. EOFError when it is gone, ValueError for what is none."""
    return _answer.decode(await _frame(reader))


def digest_of(raws: Sequence[bytes]) -> bytes:
    """What a batch holds: SHA-256 over its lines and their lengths."""
    found = sha256()
    for start in range(0, len(raws), 256):
        found.update(b"".join(raws[start : start + 256]))
    found.update(struct.pack(f">{len(raws)}I", *map(len, raws)))
    return found.digest()


def place(home: Path) -> Path:
    """Where the sequencer listens."""
    return home / "run" / "intake.sock"


@contextmanager
def reachable(path: Path) -> Iterator[str]:
    """A name for a socket's path that fits into 108 bytes, however deep its folder lies."""
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)


def peer_uid(connection: socket.socket) -> int:
    """Who connected (SO_PEERCRED, unix(7))."""
    _pid, uid, _gid = struct.unpack("3i", connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))
    return int(uid)


async def _frame(reader: asyncio.StreamReader) -> bytes:
    (length,) = _LENGTH.unpack(await reader.readexactly(_LENGTH.size))
    if length > LARGEST:
        raise ValueError("a message is too long")
    return await reader.readexactly(length)
