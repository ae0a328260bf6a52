"""Many senders over TLS whose bytes come through one buffer: each is heard word for word, and holds little."""

from __future__ import annotations

import asyncio
import ssl
from asyncio import constants, sslproto
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import pytest

from fanghu.edge import tls_reading
from fanghu.keys.authority import ensure_certificate

SENDERS = 12
PIECES = 60


@pytest.fixture
def _thrifty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sslproto, "SSLProtocol", sslproto.SSLProtocol)
    high_water = "FLOW_CONTROL_HIGH_WATER_SSL_READ"
    monkeypatch.setattr(constants, high_water, getattr(constants, high_water))
    tls_reading.use(tls_reading.RECORD)


def _said(sender: int) -> list[bytes]:
    """Pieces of every size around that of a record, none like another sender's."""
    return [sha256(b"%d %d" % (sender, n)).digest() * (1 + (n * 397 + sender * 131) % 1_200) for n in range(PIECES)]


@pytest.mark.usefixtures("_thrifty")
def test_senders_that_interleave_are_heard_word_for_word(tmp_path: Path) -> None:
    """Twelve say 60 pieces each in turns, half of them read slowly: nothing of one turns up with another."""
    certificate = ensure_certificate(tmp_path, ["127.0.0.1"], datetime.now(UTC))
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(tmp_path / "tls" / "server.pem", tmp_path / "tls" / "server.key")
    client = ssl.create_default_context(cafile=str(certificate.authority))

    async def story() -> dict[int, bytes]:
        heard: dict[int, bytes] = {}
        whole = asyncio.Event()

        async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            sender = (await reader.readexactly(1))[0]
            parts: list[bytes] = []
            while part := await reader.read(100_000 if sender % 2 else 3_000):
                parts.append(part)
                await asyncio.sleep(0)
            heard[sender] = b"".join(parts)
            writer.close()
            if len(heard) == SENDERS:
                whole.set()

        async with await asyncio.start_server(listen, "127.0.0.1", 0, ssl=server, limit=1 << 14) as open_:
            port = open_.sockets[0].getsockname()[1]
            lines = [await asyncio.open_connection("127.0.0.1", port, ssl=client) for _ in range(SENDERS)]
            for sender, (_, writer) in enumerate(lines):
                writer.write(bytes([sender]))
            for pieces in zip(*map(_said, range(SENDERS)), strict=True):
                for piece, (_, writer) in zip(pieces, lines, strict=True):
                    writer.write(piece)
                    await writer.drain()
            for _, writer in lines:
                writer.close()
            await asyncio.wait_for(whole.wait(), 60)
        return heard

    heard = asyncio.run(story())
    assert {sender: sha256(said).hexdigest() for sender, said in heard.items()} == {
        sender: sha256(b"".join(_said(sender))).hexdigest() for sender in range(SENDERS)
    }


@pytest.mark.usefixtures("_thrifty")
def test_no_connection_holds_a_buffer_of_its_own() -> None:
    """What a waiting connection would hold for itself all its life is one for all."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)

    def connection(loop: asyncio.AbstractEventLoop) -> sslproto.SSLProtocol:
        return sslproto.SSLProtocol(loop, asyncio.Protocol(), context, loop.create_future(), server_side=True)

    async def story() -> list[sslproto.SSLProtocol]:
        return [connection(asyncio.get_running_loop()) for _ in range(3)]

    buffers = {id(each.get_buffer(-1).obj) for each in asyncio.run(story())}
    assert len(buffers) == 1
