"""Requests that name no batch: known again by what they hold, for a time and a number of them, and after any death."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from fanghu.auditlog.derived import envelope_of
from fanghu.edge import repeats
from fanghu.edge.clients import Clients, Kept, load
from fanghu.edge.encoding import bundle_of
from fanghu.edge.wire import digest_of
from fanghu.tlog.bundle import unbundled
from fanghu.tlog.entry import Entry
from tests.edge.stage import Intake, Sender, lines, running, soon, source, stored

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
AT = int(NOW.timestamp())
NAME, OTHER = repeats.name_of(b"one"), repeats.name_of(b"other")


def kept(first: int) -> Kept:
    return Kept(b"digest", first, 1, 0)


def test_a_request_is_known_by_its_source_and_what_it_holds_whenever_it_comes() -> None:
    clients = Clients()
    clients.keep("gate", NAME, AT, kept(40))
    assert clients.look("gate", NAME, AT + 60, b"digest") == kept(40)
    assert clients.look("gate", NAME, AT - 60, b"digest") == kept(40), "a clock that was put back"
    assert clients.look("gate", OTHER, AT, b"digest") is None
    assert clients.look("door", NAME, AT, b"digest") is None
    assert clients.look("gate", NAME, AT + repeats.SECONDS + 1, b"digest") is None


def test_requests_without_number_push_out_no_client_and_only_the_greediest_source_s(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(repeats, "MOST_OF_ONE", 50)
    monkeypatch.setattr(repeats, "MOST", 60)
    clients, batch = Clients(), lines(1)
    clients.keep("gate", "shipper", 7, Kept(digest_of(batch), 1, 1, 0))
    for number in range(15):
        clients.keep("small", repeats.name_of(b"%d" % number), AT, kept(number))
    for number in range(500):
        clients.keep("greedy", repeats.name_of(b"%d" % number), AT, kept(number))
    found = {
        name: [n for n in range(500) if clients.look(name, repeats.name_of(b"%d" % n), AT, b"digest")]
        for name in ("small", "greedy")
    }
    assert found == {"small": list(range(15)), "greedy": list(range(455, 500))}
    assert clients.look("gate", "shipper", 7, digest_of(batch)) is not None
    clients.keep("greedy", NAME, AT + repeats.SECONDS + 1, kept(1))
    assert clients.look("greedy", repeats.name_of(b"499"), AT, b"digest") is None, "past its time it is not held"


def test_what_was_taken_is_learnt_from_the_log_and_from_what_was_written_down(tmp_path: Path) -> None:
    written, learnt, entries, some = Clients(), Clients(), list[bytes](), lines(4)
    for body in (b"one", b"other"):
        bundle = bundle_of(some, source(), repeats.name_of(body), AT, 0, NOW)
        written.keep("gate", repeats.name_of(body), AT, Kept(digest_of(some), len(entries), 4, 0))
        entries += unbundled(bytes(bundle), 4) or []
    learnt.learn(enumerate(map(Entry, entries)))
    assert learnt.saved("origin", 8) == written.saved("origin", 8)
    place = tmp_path / "clients"
    place.write_bytes(written.saved("origin", 8))
    assert load(place, "origin", 8)[0].look("gate", OTHER, AT, digest_of(some)) == Kept(digest_of(some), 4, 4, 0)


def test_no_sender_can_give_itself_such_a_name(intake: Intake) -> None:
    with Sender(intake) as sender:
        assert sender.batch(lines(1), NAME, AT)[0] == 400


@pytest.fixture(scope="module")
def intake(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Intake]:
    """One intake; its processes are started again at once."""
    home = tmp_path_factory.mktemp("intake")
    shop = source("shop", tokens=[sha256(b"shop").hexdigest()], format="otlp")
    with running(home, source(), shop, eager=True) as standing:
        yield standing


class Swallowing(BaseHTTPRequestHandler):
    """Hands requests on and keeps the first answer to itself: by then the log has the request; then ``then()``."""

    intake: Intake
    then: Any
    bodies: list[bytes]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        headers = {
            name: self.headers[name]
            for name in ("Content-Type", "Content-Encoding", "Authorization")
            if name in self.headers
        }
        with Sender(self.intake) as sender:
            status, said = sender.send(body, self.path, **headers)
        self.bodies.append(body)
        assert status == 200, said
        if len(self.bodies) == 1:
            type(self).then()
            self.connection.close()
            self.close_connection = True
            return
        self.send_response(status)
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    def log_message(self, *_: object) -> None:
        """Nothing."""


@contextmanager
def swallowing(intake: Intake, then: Any) -> Iterator[tuple[str, list[bytes]]]:
    """The address of a proxy that loses the first answer, and the bodies that came to it."""
    bodies: list[bytes] = []
    handler = type("Handler", (Swallowing,), {"intake": intake, "then": staticmethod(then), "bodies": bodies})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", bodies
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.mark.parametrize("killed", [False, True])
def test_a_real_exporter_that_sends_again_after_a_lost_answer_is_kept_once(intake: Intake, killed: bool) -> None:
    from opentelemetry._logs import LogRecord
    from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
    from opentelemetry.sdk._logs import LoggerProvider
    from opentelemetry.sdk._logs.export import BatchLogRecordProcessor

    def kill() -> None:
        sequencer = soon(lambda: intake.children().get("fanghu.edge.sequencer"))
        os.kill(sequencer, signal.SIGKILL)
        soon(lambda: intake.children().get("fanghu.edge.sequencer", sequencer) != sequencer)

    with swallowing(intake, kill if killed else lambda: None) as (address, bodies):
        exporter = OTLPLogExporter(endpoint=f"{address}/v1/logs", headers={"Authorization": "Bearer shop"}, timeout=60)
        provider = LoggerProvider()
        provider.add_log_record_processor(BatchLogRecordProcessor(exporter))
        for number in range(5):
            provider.get_logger("orders").emit(LogRecord(body=f"{killed} {number}", event_name="order.placed"))
        provider.force_flush()
        provider.shutdown()
    assert len(bodies) == 2
    assert bodies[0] == bodies[1]

    def arrived() -> list[bytes]:
        return [entry.raw for entry in stored(intake.home) if f"{killed} ".encode() in entry.raw]

    soon(lambda: len(arrived()) >= 5)
    with Sender(intake) as sender:  # whatever was written before this is sealed with it
        _, said = sender.batch(lines(1))
        soon(lambda: len(stored(intake.home)) > said["first"])
    assert len(arrived()) == len(set(arrived())) == 5
    entries = stored(intake.home)
    assert len({envelope_of(entry).id for entry in entries}) == len(entries)


def of(*records: str) -> bytes:
    return b'{"resourceLogs":[{"scopeLogs":[{"logRecords":[%s]}]}]}' % ",".join(records).encode()


def test_what_differs_in_anything_or_states_no_time_is_never_taken_for_one(intake: Intake) -> None:
    def record(nanos: int, text: str = "same") -> str:
        return f'{{"timeUnixNano":"{nanos}","body":{{"stringValue":"{text}"}}}}'

    one, timeless, at = record(AT * 10**9), '{"body":{"stringValue":"same"}}', AT * 10**9
    requests = [
        of(one), of(one), of(one, one), of(one, record(at + 1)), of(record(at + 1)), of(record(at, "sames")),
        of(timeless), of(timeless), of(one, timeless), of(one, timeless),
    ]  # fmt: skip
    before = len(stored(intake.home))
    with Sender(intake, token="shop") as sender:
        for request in requests:
            assert sender.send(request, "/v1/logs", Content_Type="application/json")[0] == 200
        numbered = {"Fanghu_Client": "exporter", "Content_Type": "application/json"}
        for number in ("1", "2", "2"):
            assert sender.send(of(one), "/v1/logs", Fanghu_Batch=number, **numbered)[0] == 200
    with Sender(intake) as sender:
        _, said = sender.batch(lines(1, 77))
        soon(lambda: len(stored(intake.home)) > said["first"])
    shop = [entry for entry in stored(intake.home)[before:] if envelope_of(entry).source == "shop"]
    assert len(shop) == 1 + 2 + 2 + 1 + 1 + 1 + 1 + 2 + 2 + 2
