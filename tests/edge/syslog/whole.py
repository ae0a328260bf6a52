"""The whole intake as it runs for a firm, for the real programs to send to; and what lies in its log."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from fanghu.auditlog.derived import envelope_of
from fanghu.edge.listening import bound_place
from fanghu.intake.plan import LOG, Listeners, Plan, Source, place, read_state, write
from fanghu.keys.authority import ensure_certificate
from fanghu.keys.locations import LogPlaces
from fanghu.tlog.damage import LogMissing
from fanghu.tlog.entry import Entry
from fanghu.tlog.reader import LogReader
from tests.edge.stage import soon

ROOT = Path(__file__).resolve().parents[3]


@dataclass
class Whole:
    """A running intake."""

    home: Path
    leader: int = 0

    def kill(self, module: str) -> bool:
        """kill -9 for the process of a module; whether there was one."""
        for child in Path(f"/proc/{self.leader}/task/{self.leader}/children").read_text().split():
            with suppress(OSError):
                if module.encode() in Path(f"/proc/{child}/cmdline").read_bytes().split(b"\0"):
                    os.kill(int(child), signal.SIGKILL)
                    return True
        return False

    def at(self, way: str) -> tuple[str, int]:
        """Where a listener stands, once it does."""
        found = soon(
            lambda: (
                bound_place(self.home).exists() and msgspec.json.decode(bound_place(self.home).read_bytes()).get(way)
            )
        )
        host, _, port = found.rpartition(":")
        return host, int(port)

    def entries(self, source: str) -> list[Entry]:
        """What is sealed of a source."""
        try:
            found = LogReader(LogPlaces(self.home, LOG).folder).entries()
            return [entry for _, entry in found if envelope_of(entry).source == source]
        except LogMissing:
            return []

    def arrived(self, source: str, count: int) -> list[bytes]:
        """The bytes of a source's entries once there are so many."""
        soon(lambda: len(self.entries(source)) >= count)
        return [entry.raw for entry in self.entries(source)]

    @property
    def trouble(self) -> str:
        """What the intake says is wrong."""
        state = read_state(self.home)
        return state.trouble if state else ""


@contextmanager
def whole(home: Path, *sources: Source, clients: str = "") -> Iterator[Whole]:
    """All of it: sequencer and listeners on free ports of this machine."""
    home.mkdir(parents=True, exist_ok=True)
    ensure_certificate(home, ["127.0.0.1"], datetime.now(UTC))
    any_port = Listeners(syslog_tcp="127.0.0.1:0", syslog_tls="127.0.0.1:0", syslog_udp="127.0.0.1:0")
    write(place(home), Plan(sources=list(sources), listen=any_port, clients=clients))
    environment = {**os.environ, "FANGHU_HOME": str(home), "PYTHONPATH": str(ROOT / "src")}
    with subprocess.Popen([sys.executable, "-m", "fanghu.edge"], env=environment) as process:
        try:
            yield Whole(home, process.pid)
        finally:
            process.terminate()
            process.wait(60)
