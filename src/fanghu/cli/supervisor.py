"""The supervisor: start the server and the keeper, restart what ends, end all on SIGTERM; light on purpose (no Django).

Each child gets a parent-death signal (prctl(2) PR_SET_PDEATHSIG), so killing the supervisor leaves no orphan.
"""

from __future__ import annotations

import ctypes
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

PR_SET_PDEATHSIG = 1
GRACE = 4.0
BACK_OFF = (0.5, 1.0, 2.0, 5.0, 10.0, 30.0)
STEADY = 60.0
_libc = ctypes.CDLL(None, use_errno=True)


def _die_with_parent() -> None:
    _libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def _kill_group(leader: int) -> None:
    """Kill what is left of a child's process group, if anything is."""
    try:
        os.killpg(leader, signal.SIGKILL)
    except ProcessLookupError:
        return


@dataclass(slots=True)
class Child:
    """One process: how it is started, when it may start again, how often it fell in a row."""

    name: str
    command: Sequence[str]
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    again_at: float = 0.0
    falls: int = 0

    def start(self, now: float) -> None:
        """Start it in a session of its own, so that a terminal's Ctrl-C reaches only the supervisor."""
        self.process = subprocess.Popen(self.command, preexec_fn=_die_with_parent, start_new_session=True)  # noqa: PLW1509
        self.started = now

    def fell(self, now: float) -> bool:
        """Note an end, and when to start again; a steady run forgets earlier falls."""
        if self.process is None or self.process.poll() is None:
            return False
        self.falls = 1 if now - self.started > STEADY else self.falls + 1
        self.again_at = now + BACK_OFF[min(self.falls, len(BACK_OFF)) - 1]
        print(f"{self.name} ended with {self.process.returncode}; starting again", file=sys.stderr, flush=True)
        _kill_group(self.process.pid)  # a worker that outlived it would go on answering beside the new one
        self.process = None
        return True


@dataclass(slots=True)
class Supervisor:
    """Runs ``children`` until SIGTERM or SIGINT; ``served`` is asked until it says yes, then ``ready`` is called once."""

    children: list[Child]
    served: Callable[[], bool]
    ready: Callable[[], None]
    stopping: bool = False
    announced: bool = field(default=False, init=False)

    def run(self) -> int:
        """Return the exit code: 0 after an orderly end, 2 when the server never came to serve."""
        reader, writer = os.pipe()
        os.set_blocking(writer, False)
        signal.set_wakeup_fd(writer)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, self._stop)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        while not self.stopping:
            now = time.monotonic()
            for child in self.children:
                child.fell(now)
                if child.process is None and now >= child.again_at:
                    child.start(now)
            if not self.announced:
                if self.served():
                    self.announced = True
                    self.ready()
                elif all(child.falls > 5 for child in self.children[:1]):
                    self.end()
                    return 2
            pause = 0.1 if not self.announced else 5.0 if all(c.process for c in self.children) else 0.5
            if select.select([reader], [], [], pause)[0]:
                os.read(reader, 4096)
        self.end()
        return 0

    def _stop(self, *_: object) -> None:
        self.stopping = True

    def end(self) -> None:
        """SIGTERM to all, SIGKILL to whole process groups after the grace."""
        living = [child.process for child in self.children if child.process and child.process.poll() is None]
        for process in living:
            process.send_signal(signal.SIGTERM)
        deadline = time.monotonic() + GRACE
        for process in living:
            try:
                process.wait(max(0.05, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            _kill_group(process.pid)
