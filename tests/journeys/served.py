"""The product as its user starts it: ``fanghu up`` in a process of its own, on a data folder of its own."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import threading
from dataclasses import dataclass, field
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]


def free_port() -> int:
    """A port nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Served:
    """A running ``fanghu up``: its address, the enrolment link it printed, its data folder."""

    home: Path
    port: int = field(default_factory=free_port)
    verb: tuple[str, ...] = ("up",)
    settings: str = "fanghu.settings"
    process: subprocess.Popen[str] | None = None
    lines: list[str] = field(default_factory=list)

    @property
    def environment(self) -> dict[str, str]:
        """The environment of this data folder's commands."""
        return {
            **os.environ,
            "FANGHU_HOME": str(self.home),
            "PYTHONPATH": str(CHECKOUT / "src"),
            "DJANGO_SETTINGS_MODULE": self.settings,
        }

    @property
    def url(self) -> str:
        """Where it serves."""
        return f"https://127.0.0.1:{self.port}"

    @property
    def enrolment(self) -> str | None:
        """The one-time link printed at start."""
        found = re.search(r"enrol\s+(https://\S+)", "\n".join(self.lines))
        return found.group(1) if found else None

    def start(self) -> Served:
        """Start, and return once it printed ``ready``; RuntimeError with its lines otherwise."""
        self.lines = []
        self.process = subprocess.Popen(
            [sys.executable, "-m", "fanghu.cli", *self.verb, "--port", str(self.port)],
            env=self.environment,
            cwd=self.home,
            stdout=subprocess.PIPE,
            stderr=(self.home / "stderr.txt").open("a"),
            text=True,
        )
        timer = threading.Timer(180, self.process.kill)
        timer.start()
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(line.rstrip())
            if line.startswith("ready https://"):
                timer.cancel()
                return self
        timer.cancel()
        raise RuntimeError("\n".join([*self.lines, (self.home / "stderr.txt").read_text()[-4000:]]))

    def stop(self) -> int:
        """SIGTERM; the exit code."""
        if self.process is None:
            return 0
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(20)
        if self.process.stdout is not None:
            self.process.stdout.close()
        self.process = None
        return code

    def fanghu(self, *arguments: str, check: bool = True, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run one command on the same data folder."""
        ended = subprocess.run(
            [sys.executable, "-m", "fanghu.cli", *arguments],
            env=self.environment | variables,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        if check and ended.returncode:
            raise AssertionError(f"fanghu {' '.join(arguments)}: {ended.returncode}\n{ended.stdout}\n{ended.stderr}")
        return ended
