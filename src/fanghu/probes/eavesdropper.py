"""Somebody on the wire between a client and a server: hears every byte, and may alter one."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

MOST = 1_000_000  # bytes kept of what was heard


@dataclass(slots=True)
class Eavesdropper:
    """Listens on ``port`` of 127.0.0.1. ``heard`` is what passed from the client to the server, and back.

    With ``alters`` set, one bit of the first answer after the handshake is flipped on its way back.
    """

    port: int
    alters: bool = False
    heard: bytearray = field(default_factory=bytearray)
    altered: bool = False


@contextmanager
def between(host: str, port: int, *, alters: bool = False, timeout: float = 5.0) -> Iterator[Eavesdropper]:
    """Pass connections on to ``host:port`` until the block ends."""
    listening = socket.create_server(("127.0.0.1", 0))
    ear = Eavesdropper(listening.getsockname()[1], alters)

    def accept() -> None:
        with suppress(OSError):
            while True:
                client, _from = listening.accept()
                threading.Thread(target=pass_on, args=(client,), daemon=True).start()

    def pass_on(client: socket.socket) -> None:
        with suppress(OSError), client, socket.create_connection((host, port), timeout) as server:
            client.settimeout(timeout)
            asked = threading.Event()  # set once the client has sent application data
            back = threading.Thread(target=_carry, args=(server, client, ear, asked, True), daemon=True)
            back.start()
            _carry(client, server, ear, asked, False)
            back.join(timeout)

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    try:
        yield ear
    finally:
        with suppress(OSError):
            listening.shutdown(socket.SHUT_RDWR)
        listening.close()
        thread.join(timeout)


def ask_through(
    port: int, name: str, request: bytes, *, tls: bool, authority: Path | None = None, timeout: float = 5.0
) -> bytes:
    """Send ``request`` through an eavesdropper's port and return the whole answer; b"" where the client refused it.

    The certificate is checked against ``name``, as if there were nobody between.
    """
    context = ssl.create_default_context()
    if authority is not None:
        context.load_verify_locations(cafile=str(authority))
    received = b""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout) as wire:
            spoken = context.wrap_socket(wire, server_hostname=name) if tls else wire
            with spoken:
                spoken.sendall(request)
                while len(received) < MOST and (more := spoken.recv(65_536)):
                    received += more
    except OSError:  # an altered record, a broken handshake: nothing of it is taken
        return b""
    return received


def _carry(
    source: socket.socket, sink: socket.socket, ear: Eavesdropper, asked: threading.Event, is_answer: bool
) -> None:
    """Carry bytes one way until either side closes."""
    with suppress(OSError):
        while data := source.recv(65_536):
            if len(ear.heard) < MOST:
                ear.heard += data
            if not is_answer and (data[0] == 0x17 or data[:4] in (b"GET ", b"POST")):
                asked.set()
            if is_answer and ear.alters and not ear.altered and asked.is_set():
                data = data[:-1] + bytes([data[-1] ^ 1])
                ear.altered = True
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)
