"""The ways in with the real intake behind them: a firm's source, a place for journald's socket, a clock that is soon up."""

from __future__ import annotations

import socket
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec

from fanghu.events.doer import KEEPER
from fanghu.intake import actions
from fanghu.intake.drills.ways import FOUND_WITHIN, Patience, log_ways
from fanghu.intake.failures import running
from fanghu.intake.models import ListenAddresses
from fanghu.intake.plan import LOG, Plan, place, read_plan, read_state, write
from fanghu.intake.planning import keep_plan
from fanghu.keys.locations import LogPlaces
from fanghu.testimony import DrillRun, Subject
from fanghu.tlog.reader import LogReader
from tests.edge.stage import soon

RUN = "0123456789abcdef0123456789abcdef"


class Stage:
    """A data folder with a source of the firm's, and a run whose clock can be set ahead."""

    def __init__(self, home: Path) -> None:
        self.home, self.ahead = home, timedelta()
        self.journal = Path(tempfile.mkdtemp()) / "journal.socket"  # a socket's path is short
        self.run = DrillRun(RUN, "4.2", Subject.system("fanghu"), "https://127.0.0.1:1", self.now)

    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    def declared(self, *ways: str) -> None:
        """The firm's own source, by these ways."""
        values = {"system": "fanghu", "format": "plain", "ways": ways, "every_seconds": 86_400, "journal": "_UID=1"}
        more = {"addresses": ["192.0.2.7"], "paths": [str(self.home / "firm.log")]}
        (self.home / "firm.log").touch()
        actions.declare("gate", values | more, by=KEEPER, now=self.now())

    def listens(self, clients: str = "", **closed: str) -> None:
        """The firm says where the intake listens."""
        given = {name: f"127.0.0.1:{free()}" for name in ("http", "syslog_tls", "syslog_tcp", "syslog_udp")}
        ListenAddresses.objects.create(pk=1, changed_at=self.now(), clients=clients, **given | closed)
        keep_plan(self.now())

    def at_work(self) -> None:
        """The intake runs."""
        soon(lambda: running(read_state(self.home), self.now()))

    def sent(self, **patience: Any) -> Any:
        """The drill's first part."""
        self.run.steps = []
        patience = {"seconds": 120.0, "looks": 480} | patience  # for a machine under load
        return log_ways(self.run, patience=Patience(**patience), journal=self.journal)

    def result(self) -> Any:
        """What the drill says when its time is over."""
        self.ahead, self.run.steps = FOUND_WITHIN + timedelta(seconds=10), []
        return log_ways(self.run)

    def failed(self) -> list[str]:
        return [f"{step.name}: {step.seen.format(**step.params)}" for step in self.run.steps if not step.ok]


def free() -> int:
    """A port that the kernel chooses."""
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        return int(trial.getsockname()[1])


def until_sealed(home: Path, is_there: Callable[[list[bytes]], bool]) -> Callable[[], float]:
    """A clock by which the time is up once the intake's log holds what is asked for, and it was looked at."""
    seen: list[bool] = []

    def monotonic() -> float:
        folder = LogPlaces(home, LOG).folder
        there = (folder / "checkpoint").exists()
        seen.append(is_there([entry.raw for _index, entry in LogReader(folder).entries()] if there else []))
        return 1e9 if seen[-2:] == [True, True] else 0

    return monotonic


def cutting(home: Path, change: Callable[[Plan], Plan]) -> Callable[[float], None]:
    """A pause in whose first moment somebody alters the plan by hand."""
    waits: list[float] = []

    def pause(seconds: float) -> None:
        if not waits:
            write(place(home), change(read_plan(home)))
        waits.append(seconds)
        time.sleep(seconds)

    return pause


def without(plan: Plan, *listeners: str) -> Plan:
    """A plan in which these listeners are closed."""
    return msgspec.structs.replace(plan, listen=msgspec.structs.replace(plan.listen, **dict.fromkeys(listeners, "")))
