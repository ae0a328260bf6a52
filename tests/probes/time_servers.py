"""Time servers on loopback: Debian's chrony, and one that answers whatever a test wants."""

from __future__ import annotations

import os
import shutil
import socket
import struct
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ERA = 2_208_988_800
Reply = Callable[[bytes], bytes | None]


def stamp(at: float) -> bytes:
    return struct.pack(">II", int(at) + ERA & 0xFFFFFFFF, int(at % 1 * 2**32))


def packet(
    asked: bytes,
    *,
    ahead: float = 0.0,
    leap: int = 0,
    mode: int = 4,
    stratum: int = 2,
    reference: bytes = b"\x7f\0\0\1",
    dispersion: float = 0.001,
    origin: bytes | None = None,
) -> bytes:
    """A server's answer to the packet ``asked``, its clock ``ahead`` of ours by so many seconds."""
    now = stamp(time.time() + ahead)
    head = struct.pack(">BBbbII", leap << 6 | 4 << 3 | mode, stratum, 0, -20, 0, int(dispersion * 65_536))
    return head + reference + now + (asked[40:48] if origin is None else origin) + now + now


@contextmanager
def answering(reply: Reply) -> Iterator[int]:
    """A server that sends ``reply(asked)``; None sends nothing. Yields its port."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as wire:
        wire.bind(("127.0.0.1", 0))
        wire.settimeout(0.1)
        stopping = threading.Event()

        def serve() -> None:
            while not stopping.is_set():
                try:
                    asked, address = wire.recvfrom(1024)
                except TimeoutError:
                    continue
                said = reply(asked)
                if said is not None:
                    wire.sendto(said, address)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield wire.getsockname()[1]
        finally:
            stopping.set()
            thread.join()


@dataclass(frozen=True)
class Chrony:
    """A running chronyd that leaves this machine's clock alone; ``socket`` is where chronyc asks it."""

    port: int
    socket: Path


def free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as wire:
        wire.bind(("127.0.0.1", 0))
        return int(wire.getsockname()[1])


@contextmanager
def chrony(folder: Path, *lines: str, serve: bool = False) -> Iterator[Chrony]:
    """Debian's chronyd with ``-x`` (the clock is not its to set) in a private folder."""
    program = shutil.which("chronyd", path=f"{os.environ['PATH']}:/usr/sbin")
    assert program, "chronyd is missing: ./run test installs chrony"
    folder.mkdir(mode=0o700)
    port = free_port() if serve else 0
    asked_at = folder / "s"
    words = [f"port {port}", "cmdport 0", f"bindcmdaddress {asked_at}", f"pidfile {folder / 'pid'}", *lines]
    words += ["allow 127.0.0.1", "bindaddress 127.0.0.1"] if serve else []
    words += ["user root"] if os.geteuid() == 0 else []
    (folder / "conf").write_text("\n".join(words) + "\n")
    process = subprocess.Popen(
        [program, "-x", "-U", "-d", "-f", folder / "conf"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        for _try in range(100):
            if asked_at.exists():
                break
            time.sleep(0.05)
        yield Chrony(port, asked_at)
    finally:
        process.terminate()
        process.wait(10)
