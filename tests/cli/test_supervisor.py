"""The supervisor with real processes: it starts again what ends, ends all on SIGTERM, and leaves no orphan."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

SCRIPT = """
import sys
from fanghu.cli.supervisor import Child, Supervisor
children = [Child("one", [sys.executable, "-c", sys.argv[1]]), Child("two", ["sleep", "600"])]
sys.exit(Supervisor(children, lambda: all(c.process for c in children), lambda: print("ready", flush=True)).run())
"""
# one write a line: the supervisor writes to the same pipe
SLEEP = "import os, time; os.write(1, b'child %d\\n' % os.getpid()); time.sleep(600)"
STUBBORN = "import os, signal, time; signal.signal(15, signal.SIG_IGN); os.write(1, b'child %d\\n' % os.getpid()); time.sleep(600)"


WITH_WORKER = """
import os, subprocess, time
worker = subprocess.Popen(["sleep", "600"])
os.write(1, b"child %d\\nchild %d\\n" % (os.getpid(), worker.pid))
time.sleep(600)
"""


def supervised(child: str) -> subprocess.Popen[str]:
    """Start a supervisor of ``child`` and a sleeper."""
    return subprocess.Popen(
        [sys.executable, "-c", SCRIPT, child],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2] / "src")},
    )


def next_child(process: subprocess.Popen[str]) -> int:
    """The pid the child prints when it runs."""
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith("child"):
            return int(line.split()[1])
    raise AssertionError("no child came")


def gone(pid: int) -> bool:
    """Whether the process is no more (a zombie waiting for its parent counts as gone)."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().split(") ")[1][0] == "Z"
    except FileNotFoundError:
        return True


def soon(true: Callable[[], bool], seconds: float = 10) -> bool:
    """Wait for something that must come true."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if true():
            return True
        time.sleep(0.02)
    return False


def test_what_ends_is_started_again() -> None:
    process = supervised(SLEEP)
    first = next_child(process)
    os.kill(first, signal.SIGKILL)
    second = next_child(process)
    assert second != first
    process.terminate()
    assert process.wait(10) == 0
    assert gone(second)


def test_sigterm_ends_even_a_child_that_ignores_it() -> None:
    process = supervised(STUBBORN)
    child = next_child(process)
    began = time.monotonic()
    process.terminate()
    assert process.wait(10) == 0
    assert gone(child)
    assert time.monotonic() - began < 8


def test_killing_the_supervisor_leaves_no_orphan() -> None:
    process = supervised(SLEEP)
    child = next_child(process)
    process.kill()
    process.wait(10)
    assert soon(lambda: gone(child))


def test_a_killed_child_leaves_no_worker_behind() -> None:
    """Its worker would go on serving beside the new one, and nobody would end it."""
    process = supervised(WITH_WORKER)
    first, worker = next_child(process), next_child(process)
    os.kill(first, signal.SIGKILL)
    assert next_child(process) != first
    assert soon(lambda: gone(worker))
    last = next_child(process)
    process.terminate()
    assert process.wait(10) == 0
    assert soon(lambda: gone(last))
