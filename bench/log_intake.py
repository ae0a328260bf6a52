"""The intake: 1,000-event batches as fast as they are taken, over TLS and without, then at half that rate; beside the ceiling of one core.

The ceiling is SHA-256 of each event, one write and one fdatasync a batch, in the same run, on the same disk. Senders,
workers and the sequencer share this machine. *Without senders*: two processes of the product's own workers have the lines
already, validate, encode and hand them to the sequencer, which hashes, writes, syncs, acknowledges and seals.
"""

from __future__ import annotations

import asyncio
import os
import ssl
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from datetime import UTC, datetime
from hashlib import sha256
from http.client import HTTPSConnection
from itertools import count, islice
from pathlib import Path
from typing import Any

from _log_events import events

from fanghu.edge.gate import PlanWatch
from fanghu.edge.processes import THRIFTY, bound_at
from fanghu.edge.taker import Batch
from fanghu.edge.workers import EncodingTaker, SequencerClient
from fanghu.intake.plan import Listeners, Plan, Source, place, write
from fanghu.keys.authority import ensure_certificate

ROOT = Path(__file__).resolve().parents[1]
EVENTS, BATCH = 40_000, 1_000
SENDERS, WORKERS, SECONDS, ROUNDS = 4, 2, 4.0, 5
TOKEN = "of-the-bench"


def measure() -> list[dict[str, Any]]:
    """Peak rate (median of five), share of the ceiling, p99 at half the peak, memory at its most."""
    lines = list(islice(events(EVENTS), EVENTS))
    batches = [lines[start : start + BATCH] for start in range(0, EVENTS, BATCH)]
    size = statistics.fmean(map(len, lines))
    with tempfile.TemporaryDirectory(prefix="fanghu-bench-") as folder:
        home = Path(folder)
        certificate = ensure_certificate(home, ["127.0.0.1"], datetime.now(UTC))
        source = Source("bench", "ndjson", ["http"], tokens=[sha256(TOKEN.encode()).hexdigest()])
        write(place(home), Plan(sources=[source], listen=Listeners(http="127.0.0.1:0")))
        environment = os.environ | {"FANGHU_HOME": folder, "PYTHONPATH": str(ROOT / "src")}
        intake = subprocess.Popen([sys.executable, "-m", "fanghu.edge"], env=environment, stderr=subprocess.DEVNULL)
        memory = Memory(intake.pid)
        try:
            bodies = [b"\n".join(batch) for batch in batches]
            address = _address(home)
            context = ssl.create_default_context(cafile=str(certificate.authority))
            _send(address, context, bodies[:4], 0, "warm", 1.0)
            memory.start()
            peaks, sent, cpu = [], 0, memory.cpu()
            for number in range(ROUNDS):
                began = time.perf_counter()
                took = _senders(address, context, bodies, 0, f"peak-{number}")
                sent += len(took) * BATCH
                peaks.append(len(took) * BATCH / (time.perf_counter() - began))
            peak = statistics.median(peaks)
            spent = (memory.cpu() - cpu) / sent * 1e6
            paced = sorted(_senders(address, context, bodies, peak / 2, "half"))
        finally:
            most = memory.end()
            intake.terminate()
            intake.wait(30)
        rounds = [
            (_ceiling(home, batches), _direct()) for _ in range(ROUNDS)
        ]  # whatever else the machine does falls on both
    ceiling, direct = (statistics.median(each) for each in zip(*rounds, strict=True))
    p99 = paced[min(len(paced) - 1, int(len(paced) * 0.99))] * 1_000
    beside = f"ceiling of one core (SHA-256, write, fdatasync): {ceiling:,.0f} events/s; {spent:.1f} µs of CPU an event; spread {min(peaks):,.0f}-{max(peaks):,.0f}"
    share = 100 * peak / ceiling
    return [
        _row(f"intake over TLS, batches of {BATCH}, events of {size:.0f} bytes", round(peak), "events/s", "-", None, beside),
        _row("intake without senders: validated, hashed, durable, sealed", round(direct), "events/s", "-", None, beside),
        _row("intake without senders: share of the ceiling", round(100 * direct / ceiling, 1), "%", ">=50",
             direct >= ceiling / 2, f"ceiling {ceiling:,.0f}"),
        _row("intake over TLS: share of the ceiling", round(share, 1), "%", "-", None,
             "its senders share the two cores"),
        _row("intake over TLS at half the peak: p99", round(p99, 1), "ms", 100, p99 < 100,
             f"median {statistics.median(paced) * 1_000:.1f} ms of {len(paced)} batches"),
        _row("intake: memory at its most", round(most / 2**20), "MiB", 300, most < 300 << 20, "all its processes"),
    ]  # fmt: skip


def _direct() -> float:
    """Events a second that two workers and the sequencer make durable."""
    with tempfile.TemporaryDirectory(prefix="fanghu-bench-") as folder:
        write(place(Path(folder)), Plan(sources=[Source("bench", "ndjson", ["http"])]))
        environment = os.environ | THRIFTY | {"FANGHU_HOME": folder, "PYTHONPATH": f"{ROOT / 'src'}:{ROOT / 'bench'}"}
        said = {"env": environment, "text": True, "stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
        sequencer = subprocess.Popen([sys.executable, "-m", "fanghu.edge.sequencer", "--home", folder], **said)
        workers = [subprocess.Popen([sys.executable, __file__, folder], **said) for _number in range(WORKERS)]
        try:
            for worker in workers:
                worker.stdout.readline()
            for worker in workers:
                worker.stdin.write("go\n")
                worker.stdin.flush()
            return sum(float(worker.communicate()[0]) for worker in workers)
        finally:
            for each in (*workers, sequencer):
                each.terminate()
                each.communicate()


async def _work(home: Path) -> None:
    """One worker: sixteen batches under way at a time; prints how many events a second were acknowledged."""
    batches = [list(islice(events(BATCH, seed), BATCH)) for seed in range(8)]
    while not (home / "run" / "intake.sock").exists():  # noqa: ASYNC110 - another process makes it
        await asyncio.sleep(0.05)
    watch = PlanWatch(home)
    watch.look()
    taker, numbers, done = EncodingTaker(SequencerClient(home), watch.named), count(1), 0
    print("ready", flush=True)
    sys.stdin.readline()
    until = time.perf_counter() + SECONDS

    async def sending() -> None:
        nonlocal done
        while time.perf_counter() < until:
            number = next(numbers)
            await taker.take(Batch("bench", batches[number % len(batches)], f"bench-{os.getpid()}", number))
            done += BATCH

    await asyncio.gather(*(sending() for _way in range(16)))
    print(done / SECONDS)


def _row(name: str, value: float, unit: str, target: object, met: bool | None, peer: str) -> dict[str, Any]:
    return {"name": name, "value": value, "unit": unit, "target": target, "met": met, "peer": peer}


def _ceiling(home: Path, batches: list[list[bytes]]) -> float:
    """Events a second that one core hashes, writes and syncs."""
    handle = os.open(home / "ceiling", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    began = time.perf_counter()
    for batch in batches:
        for line in batch:
            sha256(line).digest()
        os.write(handle, b"".join(batch))
        os.fdatasync(handle)
    took = time.perf_counter() - began
    os.close(handle)
    return EVENTS / took


def _address(home: Path) -> tuple[str, int]:
    for _ in range(600):
        if bound_at(home).exists() and (home / "run" / "intake.sock").exists():
            host, _, port = bound_at(home).read_text().rpartition(":")
            return host, int(port)
        time.sleep(0.05)
    raise SystemExit("the intake did not start")


def _senders(
    address: tuple[str, int], context: ssl.SSLContext, bodies: list[bytes], rate: float, name: str
) -> list[float]:
    """Seconds of each batch that several senders got acknowledged; ``rate`` events a second in all, 0 for as many as go."""
    found: list[float] = []
    threads = [
        threading.Thread(
            target=lambda n=n: found.extend(_send(address, context, bodies, rate / SENDERS, f"{name}-{n}", SECONDS))
        )
        for n in range(SENDERS)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


def _send(
    address: tuple[str, int], context: ssl.SSLContext, bodies: list[bytes], rate: float, client: str, seconds: float
) -> list[float]:
    connection = HTTPSConnection(*address, context=context, timeout=60)
    began, took = time.perf_counter(), []
    for number in count(1):
        due = began + (number - 1) * BATCH / rate if rate else 0.0
        if time.perf_counter() - began > seconds:
            break
        time.sleep(max(0.0, due - time.perf_counter()))
        headers = {"Authorization": f"Bearer {TOKEN}", "Fanghu-Client": client, "Fanghu-Batch": str(number)}
        started = max(due, 0.0) or time.perf_counter()
        connection.request("POST", "/v1/records", bodies[number % len(bodies)], headers)
        answer = connection.getresponse()
        said = answer.read()
        if answer.status != 200:
            raise SystemExit(f"a batch was refused: {said!r}")
        took.append(time.perf_counter() - started)
    connection.close()
    return took


class Memory(threading.Thread):
    """The most that a process and its children held together (RSS, shared pages counted each time)."""

    def __init__(self, pid: int) -> None:
        super().__init__()
        self.pid, self.most, self.over = pid, 0, threading.Event()

    def run(self) -> None:
        """Look ten times a second."""
        while not self.over.wait(0.1):
            children = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()
            self.most = max(self.most, sum(map(_held, [str(self.pid), *children])))

    def cpu(self) -> float:
        """Seconds of CPU that the children have used."""
        children = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()
        stats = [Path(f"/proc/{child}/stat").read_text().rsplit(") ", 1)[1].split() for child in children]
        return sum(int(stat[11]) + int(stat[12]) for stat in stats) / os.sysconf("SC_CLK_TCK")

    def end(self) -> int:
        """Bytes at the most."""
        self.over.set()
        if self.ident:
            self.join()
        return self.most


def _held(pid: str) -> int:
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) << 10 for line in lines if line.startswith("VmRSS")), 0)


if __name__ == "__main__":
    asyncio.run(_work(Path(sys.argv[1])))
