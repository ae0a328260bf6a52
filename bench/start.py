"""How long a later start takes, how much memory all processes hold idle, how fast SIGTERM ends them."""

from __future__ import annotations

import os
import signal
import socket
import statistics
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

CHECKOUT = Path(__file__).resolve().parents[1]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _family(pid: int) -> list[int]:
    found = [pid]
    for children in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in children.read_text().split():
            found += _family(int(child))
    return found


def _memory_mib(pid: int) -> float:
    """Proportional set size of the process and all below it: shared pages counted once."""
    total = 0
    for one in _family(pid):
        for line in Path(f"/proc/{one}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                total += int(line.split()[1])
    return total / 1024


def _up(home: str, checkout: Path = CHECKOUT) -> tuple[subprocess.Popen[str], float]:
    began = time.monotonic()
    process = subprocess.Popen(
        [str(checkout / "run"), "up", "--port", str(_free_port())],
        env={**os.environ, "FANGHU_HOME": home},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith("ready https://"):
            return process, time.monotonic() - began
    raise RuntimeError("fanghu did not come to serve")


def _fresh() -> float:
    """Seconds from a new clone without an environment to a served page (Debian packages, if any lack, not counted)."""
    with tempfile.TemporaryDirectory() as folder:
        clone = Path(folder) / "clone"
        subprocess.run(["git", "clone", "-q", str(CHECKOUT), str(clone)], check=True)
        process, took = _up(f"{folder}/home", clone)
        _end(process)
        return took


def _end(process: subprocess.Popen[str]) -> float:
    began = time.monotonic()
    process.send_signal(signal.SIGTERM)
    process.wait(30)
    return time.monotonic() - began


def measure() -> list[dict[str, Any]]:
    """First start in a new clone, first on an empty data folder, five later starts, memory after 20 s, end."""
    fresh = _fresh()
    with tempfile.TemporaryDirectory() as home:
        process, first = _up(home)
        time.sleep(20)
        memory = _memory_mib(process.pid)
        ends = [_end(process)]
        later = []
        for _ in range(5):
            process, took = _up(home)
            later.append(took)
            ends.append(_end(process))
    rows = [
        ("start: first in a new clone, environment built", round(fresh, 1), "s", 180),
        ("start: first on an empty data folder", round(first, 1), "s", 180),
        ("start: later, median of 5", round(statistics.median(later), 1), "s", 8),
        ("memory: all processes idle", round(memory), "MiB", 400),
        ("end: SIGTERM to gone, slowest of 6", round(max(ends), 1), "s", 5),
    ]
    return [
        {"name": name, "value": value, "unit": unit, "target": target, "met": value < target, "peer": ""}
        for name, value, unit, target in rows
    ]
