"""The most memory that all processes of the intake hold together while it is flooded by every way at once.

Fast senders and 200 slow ones over HTTPS, gzip bombs, OTLP, syslog over TCP, TLS (280 that wait amid a message) and UDP, lines of 100 MB without an end,
short and long messages, a file that grows faster than it is read. The plain sum of what each process holds (RSS) counts:
a page that several share (a library) as often as it is held; beside it the sum with each such page once (PSS).
"""

from __future__ import annotations

import gzip
import os
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime
from hashlib import sha256
from http.client import HTTPException, HTTPSConnection
from itertools import count, islice
from pathlib import Path
from typing import Any

import msgspec
from _log_events import events

from fanghu.edge.listening import bound_place
from fanghu.edge.processes import bound_at
from fanghu.intake.plan import Listeners, Plan, Source, place, read_state, write
from fanghu.keys.authority import ensure_certificate

ROOT = Path(__file__).resolve().parents[1]
TOKEN = "of-the-flood"
SECONDS = 20.0
MOST = 300_000_000
SYSLOG = b"<38>1 2026-11-23T10:00:00Z flood sshd %d - - Failed password for root from 192.0.2.7 port %d ssh2 "


def measure() -> list[dict[str, Any]]:
    """One flood; the most memory, and what was acknowledged or taken meanwhile."""
    with tempfile.TemporaryDirectory(prefix="fanghu-bench-", dir=os.environ.get("FANGHU_BENCH_FOLDER")) as folder:
        home = Path(folder)
        with _intake(home) as (pid, authority):
            before = _held(pid)
            flood = Flood(home, authority)
            memory = Memory(pid)
            memory.start()
            counts = flood.run(SECONDS)
            most, of_each = memory.end()
            state = read_state(home)
    taken = sum(seen.records for seen in state.sources.values()) if state else 0
    said = ", ".join(f"{name} {size // 1_000_000}" for name, size in sorted(of_each.items()))
    told = ", ".join(f"{way} {number}" for way, number in sorted(counts.items()))
    return [
        {"name": "flood by every way: memory of all intake processes at its most", "value": round(most / 1e6), "unit": "MB",
         "target": 300, "met": most < MOST,
         "peer": f"idle {before // 1_000_000}; then {said}; shared pages once {memory.shared_once // 1_000_000}"},
        {"name": "flood by every way: records taken", "value": round(taken / SECONDS), "unit": "records/s", "target": ">=1",
         "met": taken > 0, "peer": told},
    ]  # fmt: skip


@contextmanager
def _intake(home: Path) -> Iterator[tuple[int, Path]]:
    certificate = ensure_certificate(home, ["127.0.0.1"], datetime.now(UTC))
    (home / "grows.log").touch()
    known = [sha256(TOKEN.encode()).hexdigest()]
    sources = [
        Source("lines", "ndjson", ["http"], tokens=known),
        Source("syslog", "syslog", ["syslog"], addresses=["127.0.0.0/8"]),
        Source("file", "syslog", ["follow"], paths=[str(home / "grows.log")]),
    ]
    at = "127.0.0.1:0"
    write(place(home), Plan(sources=sources, listen=Listeners(http=at, syslog_tcp=at, syslog_tls=at, syslog_udp=at)))
    environment = os.environ | {"FANGHU_HOME": str(home), "PYTHONPATH": str(ROOT / "src")}
    intake = subprocess.Popen([sys.executable, "-m", "fanghu.edge"], env=environment, stderr=subprocess.DEVNULL)
    try:
        for _ in range(600):
            if bound_at(home).exists() and bound_place(home).exists() and (home / "run" / "intake.sock").exists():
                break
            time.sleep(0.05)
        else:
            raise SystemExit("the intake did not start")
        yield intake.pid, certificate.authority
    finally:
        intake.terminate()
        intake.wait(60)


class Flood:
    """Senders in threads; each goes on until the time is over, whatever it is told."""

    def __init__(self, home: Path, authority: Path) -> None:
        self.home, self.until = home, 0.0
        host, _, port = bound_at(home).read_text().rpartition(":")
        self.http = host, int(port)
        said = msgspec.json.decode(bound_place(home).read_bytes(), type=dict[str, str])
        self.syslog = {way: ("127.0.0.1", int(text.rpartition(":")[2])) for way, text in said.items()}
        self.context = ssl.create_default_context(cafile=str(authority))
        self.counts: dict[str, int] = {}
        self._lock = threading.Lock()
        lines = list(islice(events(10_000), 10_000))
        self.body = b"\n".join(lines)[: 4 << 20].rpartition(b"\n")[0]
        self.bomb = gzip.compress(b"\n".join([lines[0] * 3] * 4_000)[: 4 << 20], 6)

    def run(self, seconds: float) -> dict[str, int]:
        """Everything at once; how often each way was answered or written to."""
        self.until = time.monotonic() + seconds
        ways: list[tuple[str, int, Callable[[int], object]]] = [
            ("https", 6, self.fast), ("https gzip", 3, self.packed), ("https slow", 8, self.slow), ("otlp", 3, self.otlp),
            ("https 100 MB", 1, self.endless), ("syslog tcp", 6, lambda n: self.stream("tcp", n)),
            ("syslog tls", 3, lambda n: self.stream("tls", n)), ("syslog tls idle", 7, self.idle),
            ("syslog long", 6, self.long), ("syslog 100 MB", 2, self.unended), ("udp", 2, self.datagrams), ("file", 1, self.grow),
        ]  # fmt: skip
        threads = [
            threading.Thread(target=self._again, args=(way, what, number), daemon=True)
            for way, many, what in ways
            for number in range(many)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(seconds + 60)
        return self.counts

    def _again(self, way: str, what: Callable[[int], object], number: int) -> None:
        while time.monotonic() < self.until:
            with suppress(OSError, HTTPException):
                what(number)
            with self._lock:
                self.counts[way] = self.counts.get(way, 0) + 1
            time.sleep(0.01)

    def fast(self, number: int) -> None:
        """Batches of 4 MB as fast as they are answered."""
        self._post(self.body, {"Fanghu-Client": f"fast-{number}", "Fanghu-Batch": str(time.time_ns())})

    def packed(self, _number: int) -> None:
        """Small to send, 4 MB unpacked."""
        self._post(self.bomb, {"Content-Encoding": "gzip"})

    def otlp(self, number: int) -> None:
        """Ten thousand records in a request."""
        nanos = time.time_ns()
        records = b",".join(
            b'{"timeUnixNano":"%d","body":{"stringValue":"order"},"attributes":[{"key":"enduser.id","value":{"stringValue":"U%d"}}]}'
            % (nanos + n, number) for n in range(10_000)
        )  # fmt: skip
        self._post(
            b'{"resourceLogs":[{"scopeLogs":[{"logRecords":[%s]}]}]}' % records,
            {"Content-Type": "application/json"},
            "/v1/logs",
        )

    def endless(self, _number: int) -> None:
        """A line of 100 MB."""

        def pieces() -> Iterator[bytes]:
            for _ in range(100):
                yield b"x" * (1 << 20)

        connection = HTTPSConnection(*self.http, context=self.context, timeout=30)
        connection.request("POST", "/v1/records", pieces(), {"Authorization": f"Bearer {TOKEN}"}, encode_chunked=True)
        connection.getresponse().read()
        connection.close()

    def slow(self, number: int) -> None:
        """Bodies that come a little at a time and are never whole, over 25 connections."""
        head = f"POST /v1/records HTTP/1.1\r\nAuthorization: Bearer {TOKEN}\r\nContent-Length: 4000000\r\n\r\n"
        with self._many(self.http, number, 25) as lines:
            for line in lines:
                line.sendall(head.encode())
            for _ in range(40):
                for line in lines:
                    line.sendall(b"x" * 65_536)
                if time.monotonic() > self.until:
                    return
                time.sleep(0.5)

    def stream(self, way: str, number: int) -> None:
        """Short messages as fast as they are read."""
        piece = b"".join(SYSLOG % (number, n) + b"x" * (n % 200) + b"\n" for n in range(500))
        with self._line(way) as line:
            while time.monotonic() < self.until:
                line.sendall(piece)

    def long(self, _number: int) -> None:
        """Messages of nearly 60,000 bytes as fast as they are read."""
        message = SYSLOG % (1, 1) + b"x" * 59_800
        piece = b"%d %s" % (len(message), message) * 20
        with self._line("tcp") as line:
            while time.monotonic() < self.until:
                line.sendall(piece)

    def idle(self, number: int) -> None:
        """40 connections over TLS that say half a message each and wait."""
        with self._many(self.syslog["tls"], number, 40) as lines:
            for line in lines:
                line.sendall(b"<38>1 2026-11-23T10:00:00Z flood sshd 1 - - " + b"x" * 50_000)
            while time.monotonic() < self.until:
                time.sleep(0.2)

    def unended(self, _number: int) -> None:
        """100 MB without a line feed."""
        with self._line("tcp") as line:
            line.sendall(b"<38>1 2026-11-23T10:00:00Z flood sshd 1 - - ")
            for _ in range(1_600):
                line.sendall(b"x" * 65_536)

    def datagrams(self, number: int) -> None:
        """As fast as the kernel takes them."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
            line.connect(self.syslog["udp"])
            for n in count():
                if time.monotonic() > self.until:
                    return
                line.send(SYSLOG % (number, n))

    def grow(self, _number: int) -> None:
        """Up to 1 GB, 10 MB at a time, among it one line of 100 MB."""
        piece = b"".join(SYSLOG % (9, n) + b"\n" for n in range(100_000))
        with (self.home / "grows.log").open("ab") as file:
            for n in range(60):
                if time.monotonic() > self.until:
                    return
                file.write(b"y" * (100 << 20) + b"\n" if n == 3 else piece)
                file.flush()
                time.sleep(0.2)

    def _post(self, body: bytes, headers: dict[str, str], path: str = "/v1/records") -> None:
        connection = HTTPSConnection(*self.http, context=self.context, timeout=60)
        connection.request("POST", path, body, {"Authorization": f"Bearer {TOKEN}", **headers})
        connection.getresponse().read()
        connection.close()

    @contextmanager
    def _many(self, address: tuple[str, int], number: int, many: int) -> Iterator[list[socket.socket]]:
        """So many connections over TLS from an address of the sender's own."""
        with ExitStack() as open_:
            own = f"127.0.1.{number + 1}", 0
            plain = [open_.enter_context(socket.create_connection(address, 30, own)) for _ in range(many)]
            yield [open_.enter_context(self.context.wrap_socket(each, server_hostname="127.0.0.1")) for each in plain]

    def _line(self, way: str) -> socket.socket:
        plain = socket.create_connection(self.syslog[way], 30)
        return self.context.wrap_socket(plain, server_hostname="127.0.0.1") if way == "tls" else plain


class Memory(threading.Thread):
    """The most that a process and its children held together, and what each of them held then."""

    def __init__(self, pid: int) -> None:
        super().__init__()
        self.pid, self.most, self.over = pid, 0, threading.Event()
        self.of_each: dict[str, int] = {}
        self.shared_once = 0

    def run(self) -> None:
        """Look ten times a second."""
        while not self.over.wait(0.1):
            of_each = {f"{_name(pid)}-{pid}": _held_by(pid) for pid in _family(self.pid)}
            if sum(of_each.values()) > self.most:
                self.most, self.of_each = sum(of_each.values()), of_each
            self.shared_once = max(self.shared_once, sum(_held_by(pid, "Pss") for pid in _family(self.pid)))

    def end(self) -> tuple[int, dict[str, int]]:
        """Bytes at the most, in all and by process."""
        self.over.set()
        self.join()
        return self.most, self.of_each


def _family(pid: int) -> list[str]:
    return [str(pid), *Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def _held(pid: int) -> int:
    return sum(map(_held_by, _family(pid)))


def _name(pid: str) -> str:
    try:
        said = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return "gone"
    return said[2].decode().rpartition(".")[2] if len(said) > 2 else "?"


def _held_by(pid: str, what: str = "Rss") -> int:
    """Bytes, each shared page whole (``Rss``) or in equal parts (``Pss``)."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) << 10 for line in lines if line.startswith(f"{what}:")), 0)
