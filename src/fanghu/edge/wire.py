"""What the listeners' processes and the sequencer say to each other over its Unix socket.

A message: u32 length of a head, u32 length of a bundle, the head (MessagePack), the bundle (of a `Put` only).
"""

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

HEAD, BUNDLE = 1 << 16, 64 << 20
"""Bytes that a message's head and its bundle may hold."""
PREFIX = struct.Struct(">II")
PART = 1 << 19


class Put(msgspec.Struct, tag="put", array_like=True):
    """One batch, its entries in the bundle; (source, client, number) names it and ``digest`` is what it holds.

    ``most`` records a second are let in from the source (0: any number); ``verbatim`` of the entries could not be read.
    """

    ask: int
    source: str
    client: str
    number: int
    digest: bytes
    verbatim: int = 0
    most: int = 0


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


Said = Put | Turned | Trouble
Answer = Done | Not
_encoder = msgspec.msgpack.Encoder()
_said: msgspec.msgpack.Decoder[Said] = msgspec.msgpack.Decoder(Said)
_answer: msgspec.msgpack.Decoder[Answer] = msgspec.msgpack.Decoder(Answer)


def packed(what: Said | Answer, bundle: int = 0) -> bytes:
    """A message up to its bundle, which is so many bytes long."""
    head = _encoder.encode(what)
    return PREFIX.pack(len(head), bundle) + head


async def send(writer: asyncio.StreamWriter, put: Put, bundle: bytes | bytearray) -> None:
    """Write a batch in parts, so that the whole of it never waits in a buffer. One at a time for one writer."""
    writer.write(packed(put, len(bundle)))
    view = memoryview(bundle)
    for start in range(0, len(bundle), PART):
        writer.write(view[start : start + PART])
        await writer.drain()


def said(head: bytes | bytearray) -> Said:
    """The head of a message to the sequencer; ValueError for what is none."""
    return _said.decode(head)


async def answer(reader: asyncio.StreamReader) -> Answer:
    """The next answer of the sequencer. EOFError when it is gone, ValueError for what is none."""
    length, bundle = PREFIX.unpack(await reader.readexactly(PREFIX.size))
    if length > HEAD or bundle:
        raise ValueError("a message is too long")
    return _answer.decode(await reader.readexactly(length))


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
