"""The drill of the ways in (4.2) against the real intake: it passes, and fails each time a part of the chain is broken."""

from __future__ import annotations

import shutil
import ssl
import threading
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import msgspec

from fanghu.auditlog.actions import indexes
from fanghu.events.doer import KEEPER
from fanghu.intake import actions
from fanghu.intake.drills.ways import log_ways
from fanghu.intake.models import Source
from fanghu.intake.plan import LOG, Plan, read_plan
from fanghu.keys import log_keys
from fanghu.keys.locations import LogPlaces
from fanghu.tlog.reader import LogReader
from fanghu.tlog.writer import LogWriter
from tests.edge.certificates import client_certificate
from tests.edge.stage import Intake
from tests.intake.ways_in import RUN, Stage, cutting, until_sealed, without

VALUES = {"system": "fanghu", "format": "plain", "ways": ["http"], "every_seconds": 60}
ALL = ["http", "otlp", "syslog", "follow", "journal"]


def test_every_way_is_traced_and_what_breaks_afterwards_is_found(
    stage: Stage, journald: None, intake: Intake, tmp_path: Path
) -> None:
    authority, *_rest = client_certificate(tmp_path / "clients")
    stage.listens(clients=authority.read_text())
    stage.declared(*ALL)
    cut_off = actions.declare("canary-drill", VALUES, by=KEEPER, now=stage.now(), run="a run that was cut off")
    assert stage.sent() is None, stage.failed()
    assert not Source.objects.filter(pk=cut_off.pk).exists()
    assert len(stage.run.steps) == 8 and stage.failed() == []
    assert log_ways(stage.run) is None, "the index was not brought up yet: it waits on"
    assert stage.result() == "failed", "the indexing process stopped"
    assert stage.failed()[0] == "the record over HTTPS is found: not in the index"
    assert stage.failed()[-1] == "the ways by which logs come in, traced from end to end: 0 of 8"
    indexes().catch_up()
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


def test_a_closed_listener_and_a_file_that_nobody_follows_are_missed(stage: Stage, intake: Intake) -> None:
    stage.listens()
    stage.declared("http", "otlp", "syslog", "follow")
    stage.at_work()

    def change(plan: Plan) -> Plan:
        left = [msgspec.structs.replace(source, paths=[]) for source in plan.sources]
        return msgspec.structs.replace(without(plan, "syslog_udp"), sources=left)

    def four(raws: list[bytes]) -> bool:
        marks = [f"{RUN[:12]}-{way}.".encode() for way in ("https", "otlp", "tls", "tcp")]
        return all(any(mark in raw for raw in raws) for mark in marks)

    assert stage.sent(pause=cutting(stage.home, change), monotonic=until_sealed(stage.home, four)) is None, (
        stage.failed()
    )
    assert stage.failed() == [
        "a record over syslog (UDP) is sealed: sent, and never sealed",
        "a record in a followed file is sealed: sent, and never sealed",
    ]
    indexes().catch_up()
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
        stage.declared("http", "otlp")
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
    assert 119 <= sum(waits) <= 121
    assert len(stage.run.steps) == 6 and not any(step.ok for step in stage.run.steps)
    plan = read_plan(stage.home)
    assert all(each.startswith("127.0.0.1:") for each in msgspec.structs.astuple(plan.listen))
    assert {address for source in plan.sources for address in source.addresses} == {f"{stage.run.source}/32"}
