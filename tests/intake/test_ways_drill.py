"""The drill of the ways in (4.2) against the real intake: it passes, and fails each time a part of the chain is broken."""

from __future__ import annotations

import os
import shutil
import socket
import ssl
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import msgspec
import pytest

from fanghu.auditlog.jobs import index_some
from fanghu.events.doer import KEEPER
from fanghu.intake import actions
from fanghu.intake.canaries.ways import WAYS
from fanghu.intake.drills.ways import FOUND_WITHIN, Patience, clean_up, log_ways
from fanghu.intake.failures import running
from fanghu.intake.models import ListenAddresses, Source
from fanghu.intake.plan import LOG, place, read_plan, read_state, write
from fanghu.intake.planning import keep_plan
from fanghu.keys import log_keys
from fanghu.keys.authority import ensure_certificate
from fanghu.keys.locations import LogPlaces
from fanghu.register.actions import register_system_one
from fanghu.testimony import DrillRun, Subject
from fanghu.tlog.reader import LogReader
from fanghu.tlog.writer import LogWriter
from tests.edge.certificates import client_certificate
from tests.edge.stage import Intake, soon

RUN = "0123456789abcdef0123456789abcdef"
ALL = ["http", "otlp", "syslog", "follow", "journal"]


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

    def sent(self, **patience: Any) -> Any:
        """The drill's first part."""
        self.run.steps = []
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
def journald(stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A stand-in for journald: it takes entries at its socket, and ``journalctl`` prints them in the export format."""
    kept, programs = tmp_path / "journal.export", tmp_path / "programs"
    kept.touch()
    programs.mkdir()
    match = f"SYSLOG_IDENTIFIER=canary-{RUN[:12]}-syslog"
    (programs / "journalctl").write_text(
        f'#!/bin/sh\ncase "$*" in *{match}) exec tail -s 0.1 -c +1 -f {kept};; *) exec sleep 600;; esac\n'
    )
    (programs / "journalctl").chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}:{os.environ['PATH']}")
    line = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    line.bind(str(stage.journal))

    def take() -> None:
        while entry := line.recv(65_536):
            with kept.open("ab") as file:
                at = time.time_ns() // 1_000
                file.write(b"__CURSOR=c\n__REALTIME_TIMESTAMP=%d\n_HOSTNAME=gate\n%s\n" % (at, entry))

    thread = threading.Thread(target=take, daemon=True)
    thread.start()
    yield kept
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as end:
        end.sendto(b"", str(stage.journal))
    thread.join(10)
    line.close()


def test_every_way_is_traced_and_what_breaks_afterwards_is_found(
    stage: Stage, journald: Path, intake: Intake, tmp_path: Path
) -> None:
    authority, *_rest = client_certificate(tmp_path / "clients")
    stage.listens(clients=authority.read_text())
    stage.declared(*ALL)
    assert stage.sent() is None, stage.failed()
    assert len(stage.run.steps) == 8 and stage.failed() == []
    assert log_ways(stage.run) is None, "the index was not brought up yet: it waits on"
    assert stage.result() == "failed", "the keeper's index stopped"
    assert stage.failed()[0] == "the record over HTTPS is found: not in the index"
    assert stage.failed()[-1] == "the ways by which logs come in, traced from end to end: 0 of 8"
    index_some(stage.now())
    assert stage.result() == "passed", stage.failed()
    assert stage.run.steps[-1].params == {"open": 8, "reached": 8}
    intake.end()
    rewrite(tmp_path, b"0123456789ab-udp.", b"0123456789ab-UDP.")
    assert stage.result() == "failed"
    assert stage.failed() == [
        "the record over syslog (UDP) is found: not the bytes that were sent",
        "the ways by which logs come in, traced from end to end: 7 of 8",
    ]
    tail = tmp_path / "logs" / LOG / "frames" / "tail"
    tail.write_bytes(tail.read_bytes().replace(b"0123456789ab-tls.", b"0123456789ab-TLS."))
    assert stage.result() == "failed"
    assert stage.failed()[0].startswith("read the log: damaged")


def rewrite(home: Path, old: bytes, new: bytes) -> None:
    """What root could do: another record in place of one, everything after it built anew and signed with the real key."""
    places = LogPlaces(home, LOG)
    entries = [entry.data.replace(old, new) for _index, entry in LogReader(places.folder).entries()]
    shutil.rmtree(places.folder)
    signer = log_keys.signing(places)
    with LogWriter.open(
        places.folder, origin=signer.name, signer=signer, lock_path=places.lock, create=True
    ) as writer:  # fmt: skip
        writer.append(entries)
        writer.seal(datetime.now(UTC))


def until_sealed(stage: Stage, count: int) -> Callable[[], float]:
    """A clock by which the time is up once so many canaries are sealed and were looked at."""
    seen: list[int] = []

    def monotonic() -> float:
        folder = LogPlaces(stage.home, LOG).folder
        found = 0
        if (folder / "checkpoint").exists():
            marks = (f"{RUN[:12]}-{way}.".encode() for way in WAYS)
            raws = [entry.raw for _index, entry in LogReader(folder).entries()]
            found = sum(any(mark in raw for raw in raws) for mark in marks)
        seen.append(found)
        return 1e9 if seen[-2:] == [count, count] else 0

    return monotonic


def test_a_closed_listener_and_a_file_that_nobody_follows_are_missed(stage: Stage, intake: Intake) -> None:
    stage.declared("http", "syslog", "follow")
    soon(lambda: running(read_state(stage.home), stage.now()))
    waits: list[float] = []

    def pause(seconds: float) -> None:
        if not waits:
            plan = read_plan(stage.home)
            left = [msgspec.structs.replace(source, paths=[]) for source in plan.sources]
            listen = msgspec.structs.replace(plan.listen, syslog_udp="")
            write(place(stage.home), msgspec.structs.replace(plan, sources=left, listen=listen))
        waits.append(seconds)
        time.sleep(seconds)

    assert stage.sent(pause=pause, monotonic=until_sealed(stage, 4)) is None, stage.failed()
    assert stage.failed() == [
        "a record over syslog (UDP) is sealed: sent, and never sealed",
        "a record in a followed file is sealed: sent, and never sealed",
    ]
    index_some(stage.now())
    assert stage.result() == "failed"
    assert stage.failed() == ["the ways by which logs come in, traced from end to end: 4 of 6"]


class Liar(BaseHTTPRequestHandler):
    """Acknowledges whatever comes, and keeps nothing."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        said = b'{"first": 7, "count": 1}' if self.path == "/v1/records" else b"{}"
        self.send_response(200)
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    def log_message(self, *_words: Any) -> None:
        """Say nothing."""


def test_an_acknowledgement_without_a_record_is_found_out(stage: Stage) -> None:
    server = HTTPServer(("127.0.0.1", 0), Liar)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(stage.home / "tls" / "server.pem", stage.home / "tls" / "server.key")
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        stage.listens(http=f"127.0.0.1:{server.server_address[1]}")
        stage.declared("http")
        assert stage.sent(pause=lambda _seconds: None) == "failed"
        assert stage.failed() == [
            "a record over HTTPS is sealed: acknowledged as entry 7, and not there",
            "a record over OTLP is sealed: sent, and never sealed",
            "the ways by which logs come in, traced from end to end: 0 of 2",
        ]
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)


def test_without_an_intake_nothing_is_reached_and_all_that_was_opened_is_of_this_machine(stage: Stage) -> None:
    waits: list[float] = []
    assert stage.sent(pause=waits.append) == "not_reached"
    assert 29 <= sum(waits) <= 31
    assert len(stage.run.steps) == 6 and not any(step.ok for step in stage.run.steps)
    plan = read_plan(stage.home)
    assert all(each.startswith("127.0.0.1:") for each in msgspec.structs.astuple(plan.listen))
    assert {address for source in plan.sources for address in source.addresses} == {f"{stage.run.source}/32"}
