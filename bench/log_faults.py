"""A thousand writers killed with SIGKILL at random points: nothing acknowledged is lost, altered or doubled."""

from __future__ import annotations

import os
import random
import signal
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from fanghu.tlog.entry import Envelope, encode
from fanghu.tlog.note import Signer
from fanghu.tlog.reader import LogReader
from fanghu.tlog.verify import verify_folder
from fanghu.tlog.writer import LogWriter

ROUNDS = 1_000
PER_LOG = 10
"""Rounds after which a new log is begun, so that looking at all of it stays quick."""

NOW = datetime(2026, 11, 22, 8, tzinfo=UTC)
SIGNER = Signer("bench.example/log", bytes(32))


def _entry(index: int) -> bytes:
    return encode(Envelope(f"{index:x}", "event", "bench", "2026-11-22T08:00:00Z"), b"line %d" % index)


def _writer(base: Path) -> LogWriter:
    return LogWriter.open(base / "log", origin=SIGNER.name, signer=SIGNER, lock_path=base / "lock", create=True)


def _work(base: Path, told: int, chance: random.Random) -> None:
    """Append and seal until killed, telling of each append that was acknowledged; the clock steps back and forth."""
    with _writer(base) as writer:
        while True:
            size = writer.size
            writer.append([_entry(n) for n in range(size, size + chance.randrange(1, 120))])
            os.write(told, writer.size.to_bytes(8, "big"))
            if chance.random() < 0.4:
                writer.seal(NOW + timedelta(hours=chance.choice((-24, -1, 0, 1, 24))))


def _round(base: Path, chance: random.Random) -> int:
    """One life and death; how many entries it had acknowledged, 0 when none."""
    heard, told = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(heard)
        try:
            _work(base, told, random.Random(chance.random()))
        finally:
            os._exit(3)
    os.close(told)
    with os.fdopen(heard, "rb") as pipe:
        said = b"".join(pipe.read(8) for _ in range(chance.randrange(0, 12)))
        time.sleep(chance.random() / 500)  # anywhere within an append or a seal
        os.kill(child, signal.SIGKILL)
        said += pipe.read()
    _pid, status = os.waitpid(child, 0)
    if not os.WIFSIGNALED(status):
        raise RuntimeError("the writer ended before it was killed")
    return int.from_bytes(said[-8:], "big") if said else 0


def _after(base: Path, acked: int, kept: bytes | None) -> tuple[list[str], bytes]:
    """What is wrong once it is back, and the checkpoint it then seals."""
    wrong: list[str] = []
    if kept:
        report = verify_folder(base / "log", keys=[SIGNER.verifier], since=kept)
        wrong += [] if report.ok or report.cannot_tell else [f"before opening: {report.first_bad}"]
    with _writer(base) as writer:
        if writer.size < acked:
            wrong.append(f"lost: {acked} acknowledged, {writer.size} there")
        note = writer.seal(NOW).note
        size = writer.size
    report = verify_folder(base / "log", keys=[SIGNER.verifier], since=kept)
    wrong += [] if report.ok else [f"after opening: {report.first_bad}"]
    if [entry.data for _, entry in LogReader(base / "log").entries()] != [_entry(n) for n in range(size)]:
        wrong.append("altered or doubled")
    return wrong, note


def rounds(count: int, seed: int) -> tuple[list[str], int]:
    """What went wrong in ``count`` rounds, and how many entries were acknowledged in all."""
    chance = random.Random(seed)
    wrong: list[str] = []
    total = 0
    for start in range(0, count, PER_LOG):
        with tempfile.TemporaryDirectory() as name:
            base, acked, kept = Path(name), 0, None
            for number in range(start, min(count, start + PER_LOG)):
                acked = max(acked, _round(base, chance))
                found, kept = _after(base, acked, kept)
                wrong += [f"round {number}: {what}" for what in found]
            total += acked
    return wrong, total


def measure() -> list[dict[str, Any]]:
    """One row for ``./run bench log_faults``; what went wrong is told on standard error."""
    began = time.monotonic()
    wrong, acked = rounds(ROUNDS, 4)
    for line in wrong:
        print(line, file=sys.stderr)
    beside = f"{acked} entries acknowledged, {time.monotonic() - began:.0f} s"
    return [
        {
            "name": f"log: {ROUNDS} writers killed with kill -9", "value": len(wrong), "unit": "faults", "target": 0,
            "met": not wrong, "peer": beside,
        }
    ]  # fmt: skip
