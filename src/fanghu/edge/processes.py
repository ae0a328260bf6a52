"""The intake's processes: which the plan asks for, started and started again; light while it asks for nothing."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from fanghu.edge.plan_watch import PlanWatch
from fanghu.edge.running import die_with_parent, say
from fanghu.intake.plan import Plan

BACK_OFF = (0.2, 0.5, 1.0, 2.0, 5.0, 10.0)
STEADY = 30.0
GRACE = 5.0
THRIFTY = {"MALLOC_ARENA_MAX": "2", "MALLOC_MMAP_THRESHOLD_": "1048576", "MALLOC_TRIM_THRESHOLD_": "2097152"}
"""glibc gives large buffers back as soon as they are free (mallopt(3))."""
HTTP_WORKERS = max(1, min(2, os.cpu_count() or 1))


@dataclass(slots=True)
class Wanted:
    """A process the plan asks for; started anew when ``because`` is no longer what it was started with."""

    module: str
    arguments: Sequence[str] = ()
    descriptors: Sequence[int] = ()
    because: object = None


@dataclass(slots=True)
class Part:
    """One process as it runs, and when it may start again."""

    wanted: Wanted
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    again_at: float = 0.0
    falls: int = 0


@dataclass(eq=False)
class Processes:
    """`run` until ``stopped`` says so. ``home`` is the data folder; its plan is looked at once a second.

    ``back_off``: seconds before a process that fell so often in a row is started again.
    """

    home: Path
    back_off: Sequence[float] = BACK_OFF
    watch: PlanWatch = field(init=False)
    parts: dict[str, Part] = field(default_factory=dict)
    leaving: list[tuple[subprocess.Popen[bytes], float]] = field(default_factory=list)
    troubles: dict[str, str] = field(default_factory=dict)
    _listener: tuple[str, socket.socket] | None = None
    _told: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Since when the intake as a whole runs."""
        self.watch = PlanWatch(self.home)
        self.since = datetime.now(UTC).isoformat().replace("+00:00", "Z")

    def run(self, stopped: Callable[[float], bool]) -> None:
        """``stopped(seconds)`` waits so long at most, and says whether to end."""
        try:
            while True:
                self.step(time.monotonic())
                if stopped(0.2 if any(part.process is None for part in self.parts.values()) else 1.0):
                    return
        finally:
            self.end()

    def step(self, now: float) -> None:
        """Look at the plan and at every process, once."""
        self.watch.look()
        wanted = self.wanted(self.watch.plan)
        for name in [name for name in self.parts if name not in wanted]:
            self._leave(self.parts.pop(name), now)
        for name, each in wanted.items():
            part = self.parts.setdefault(name, Part(each))
            self._see(name, part, now)
            if part.process is not None and part.wanted.because != each.because:
                self._leave(part, now)
                part.falls, part.again_at = 0, now
            part.wanted = each
            if part.process is None and now >= part.again_at:
                self._start(part, now)
        for process, until in list(self.leaving):
            if process.poll() is not None:
                self.leaving.remove((process, until))
            elif now > until:
                process.kill()
        self._tell()

    def wanted(self, plan: Plan) -> Mapping[str, Wanted]:
        """The processes that ``plan`` asks for; the sequencer first."""
        listen = plan.listen
        if not plan.sources and not (listen.http or listen.syslog_tcp or listen.syslog_tls or listen.syslog_udp):
            self._close_http()
            return {}
        found = {"sequencer": Wanted("fanghu.edge.sequencer", ("--since", self.since))}
        if socket_ := self._http(listen.http):
            because = (listen.http, plan.clients, _age(Path(plan.clients)) if plan.clients else 0, _age(self._chain))
            given = ("--socket", str(socket_.fileno()))
            for number in range(1, HTTP_WORKERS + 1):
                found[f"http-{number}"] = Wanted("fanghu.edge.http_serving", given, (socket_.fileno(),), because)
        if (
            listen.syslog_tcp
            or listen.syslog_tls
            or listen.syslog_udp
            or any(s.paths or s.journal for s in plan.sources)
        ):
            found["listening"] = Wanted("fanghu.edge.listening")
        return found

    def end(self) -> None:
        """SIGTERM to all, the sequencer last, SIGKILL to what stays."""
        sequencer = self.parts.pop("sequencer", None)
        for part in self.parts.values():
            self._leave(part, time.monotonic())
        self._wait()
        if sequencer is not None:
            self._leave(sequencer, time.monotonic())
            self._wait()
        self._close_http()

    @property
    def _chain(self) -> Path:
        return self.home / "tls" / "server.pem"

    def _wait(self) -> None:
        for process, until in self.leaving:
            try:
                process.wait(max(0.05, until - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self.leaving.clear()

    def _leave(self, part: Part, now: float) -> None:
        process, part.process = part.process, None
        if process is not None and process.poll() is None:
            process.send_signal(signal.SIGTERM)
            self.leaving.append((process, now + GRACE))

    def _see(self, name: str, part: Part, now: float) -> None:
        if part.process is None or part.process.poll() is None:
            return
        part.falls = 1 if now - part.started > STEADY else part.falls + 1
        part.again_at = now + self.back_off[min(part.falls, len(self.back_off)) - 1]
        say(f"intake {name} ended with {part.process.returncode}; starting again")
        part.process = None

    def _start(self, part: Part, now: float) -> None:
        wanted = part.wanted
        part.process = subprocess.Popen(
            [sys.executable, "-m", wanted.module, "--home", str(self.home), *wanted.arguments],
            env={**os.environ, **THRIFTY, "FANGHU_HOME": str(self.home)},
            pass_fds=tuple(wanted.descriptors),
            preexec_fn=die_with_parent,  # noqa: PLW1509 - this process has one thread
        )
        part.started = now

    def _http(self, address: str) -> socket.socket | None:
        """The socket bound to ``address``, kept while that stays; None where it is closed or cannot be had."""
        if self._listener is not None and self._listener[0] == address:
            return self._listener[1]
        self._close_http()
        self.troubles["http"] = ""
        if not address:
            return None
        try:
            host, _, port = address.rpartition(":")
            host = host.strip("[]")
            self._certificate(host)
            listener = socket.create_server(
                (host, int(port)), family=socket.AF_INET6 if ":" in host else socket.AF_INET, backlog=512
            )
        except (OSError, ValueError, OverflowError) as error:
            why = getattr(error, "strerror", None) or "?"
            self.troubles["http"] = f"FH-IN-20 無法在 {address} 收件（{why}）。 Cannot listen on {address} ({why})."
            return None
        self._listener = address, listener
        bound_at(self.home).write_text(f"{host}:{listener.getsockname()[1]}")
        return listener

    def _close_http(self) -> None:
        if self._listener is not None:
            self._listener[1].close()
            self._listener = None
            bound_at(self.home).unlink(missing_ok=True)

    def _certificate(self, host: str) -> None:
        if not self._chain.exists():
            from fanghu.keys.authority import ensure_certificate

            ensure_certificate(self.home, [host], datetime.now(UTC))

    def _tell(self) -> None:
        """Tell the sequencer what is wrong here, which writes it down; again each second while there is something."""
        if not any(self.troubles.values()) and not any(self._told.values()):
            return
        from fanghu.edge import wire  # brings asyncio: not before there is something to tell

        with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
            line.settimeout(1)
            with wire.reachable(wire.place(self.home)) as name:
                line.connect(name)
            line.sendall(b"".join(wire.packed(wire.Trouble(who, what)) for who, what in self.troubles.items()))
            self._told = dict(self.troubles)


def bound_at(home: Path) -> Path:
    """The file that says where the HTTP intake listens, as ``HOST:PORT``."""
    return home / "run" / "intake-http"


def _age(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0
