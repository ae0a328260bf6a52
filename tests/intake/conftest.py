"""A trading system whose logs are expected here, an intake that says what a test wants, and a real one."""

from __future__ import annotations

import os
import shutil
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from fanghu.events.doer import KEEPER, Doer
from fanghu.intake import actions
from fanghu.intake.drills.ways import clean_up
from fanghu.intake.models import Source
from fanghu.intake.plan import Seen, State, read_plan, state_place, write
from fanghu.keys.authority import ensure_certificate
from fanghu.register.actions import register_system, register_system_one
from tests.edge.journal.machine import Journald
from tests.edge.stage import Intake
from tests.intake.ways_in import RUN, Stage

NOW = datetime(2026, 11, 22, 4, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
Says = Callable[..., State]


def doer(account: Any) -> Doer:
    return Doer("console", account=str(account.pk), person=str(account.person_id))


def values(**more: Any) -> dict[str, Any]:
    """A source that sends over HTTP and syslog, once an hour at least."""
    given = {
        "system": "orders", "format": "openssh", "zone": "Asia/Taipei", "ways": ["http", "syslog"],
        "addresses": ["192.0.2.7"], "every_seconds": 3_600,
    }  # fmt: skip
    return {**given, **more}


def declared(name: str = "orders-ssh", at: datetime = NOW, run: str = "", **more: Any) -> Source:
    return actions.declare(name, values(**more), by=KEEPER, now=at, run=run)


@pytest.fixture
def house(cast: dict[str, Any], settings: Any, tmp_path: Path) -> dict[str, Any]:
    """System one, a trading system, a data folder of the test's own."""
    settings.HOME = tmp_path
    register_system_one(NOW)
    register_system({"slug": "orders", "name": "Orders", "kind": "trading"}, by=KEEPER, now=NOW)
    return cast


@pytest.fixture
def says(house: dict[str, Any], tmp_path: Path) -> Says:
    """``says(at, since=…, trouble=…, orders=Seen(…))``: the intake's own word, as its processes write it each second."""

    def write_state(at: datetime, *, since: datetime = NOW - DAY, trouble: str = "", **sources: Seen) -> State:
        named = {name.replace("_", "-"): seen for name, seen in sources.items()}
        state = State(at=at.isoformat(), since=since.isoformat(), trouble=trouble, sources=named)
        write(state_place(tmp_path), state)
        return state

    return write_state


@pytest.fixture
def stage(transactional_db: None, settings: Any, tmp_path: Path) -> Iterator[Stage]:
    """System one registered; whatever a test did is cleaned up."""
    settings.HOME = tmp_path
    register_system_one(datetime.now(UTC))
    ensure_certificate(tmp_path, [], datetime.now(UTC))
    stage = Stage(tmp_path)
    yield stage
    shutil.rmtree(stage.journal.parent)
    assert list(clean_up(RUN)) == []
    assert not Source.objects.exclude(run="").exists()
    assert not list((tmp_path / "drills").glob("*")) and not (tmp_path / "run" / "canary-drill.ndjson").exists()
    assert all(source.name == "gate" for source in read_plan(tmp_path).sources), "they are let in no longer"
    assert list(clean_up(RUN)) == [], "safe to repeat"


@pytest.fixture
def intake(tmp_path: Path) -> Iterator[Intake]:
    """The intake's own processes."""
    running = Intake(tmp_path)
    yield running
    running.end()


@pytest.fixture
def journald(stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """journald and ``journalctl`` for the stage: the real ones where they can be started, else a stand-in."""
    programs = tmp_path / "programs"
    programs.mkdir()
    try:
        real = Journald()
    except OSError:
        with _stand_in(stage, tmp_path / "journal.export") as command:
            _program(programs / "journalctl", command)
            monkeypatch.setenv("PATH", f"{programs}:{os.environ['PATH']}")
            yield
        return
    stage.journal.symlink_to(real.socket)
    _program(programs / "journalctl", f'exec {shutil.which("journalctl")} --directory={real.folder} "$@"')
    monkeypatch.setenv("PATH", f"{programs}:{os.environ['PATH']}")
    yield
    real.end()


def _program(path: Path, command: str) -> None:
    path.write_text(f"#!/bin/sh\n{command}\n")
    path.chmod(0o755)


@contextmanager
def _stand_in(stage: Stage, kept: Path) -> Iterator[str]:
    """Takes entries at its socket; the command prints them in the export format."""
    kept.touch()
    line = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    line.bind(str(stage.journal))

    def take() -> None:
        while entry := line.recv(65_536):
            with kept.open("ab") as file:
                at = time.time_ns() // 1_000
                file.write(b"__CURSOR=c\n__REALTIME_TIMESTAMP=%d\n_HOSTNAME=gate\n%s\n" % (at, entry))

    thread = threading.Thread(target=take, daemon=True)
    thread.start()
    match = "SYSLOG_IDENTIFIER=canary-drill-syslog"
    yield f'case "$*" in *{match}) exec tail -s 0.1 -c +1 -f {kept};; *) exec sleep 600;; esac'
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as end:
        end.sendto(b"", str(stage.journal))
    thread.join(10)
    line.close()
