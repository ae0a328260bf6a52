"""The HTTP intake over TLS, its processes as `fanghu up` starts them: who is let in, what is taken, what is told."""

from __future__ import annotations

import gzip
import json
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path

import pytest
import zstandard

from fanghu.auditlog.derived import envelope_of
from fanghu.edge.clients import REMEMBERED
from fanghu.intake.plan import LOG
from fanghu.keys.locations import LogPlaces
from fanghu.tlog.reader import LogReader
from tests.edge.certificates import client_certificate
from tests.edge.stage import LINE, Intake, Sender, lines, running, soon, source

NDJSON = "application/x-ndjson"


@pytest.fixture(scope="module")
def intake(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Intake]:
    """One intake with a source for every way."""
    home = tmp_path_factory.mktemp("intake")
    authority, certificate, key, fingerprint = client_certificate(home / "client")
    home.joinpath("pair").write_text(f"{certificate}\n{key}")
    sources = [
        source(),
        source("shop", tokens=[sha256(b"shop").hexdigest()], format="otlp"),
        source("slow", tokens=[sha256(b"slow").hexdigest()], most_per_second=10),
        source("lines", tokens=[sha256(b"lines").hexdigest()], ways=["http"]),
        source("spans", tokens=[sha256(b"spans").hexdigest()], ways=["otlp"]),
        source("shut", tokens=[sha256(b"shut").hexdigest()], ways=["syslog"]),
        source("pinned", tokens=[], certificates=[fingerprint]),
    ]
    with running(home, *sources, clients=str(authority)) as standing:
        yield standing


def sealed(intake: Intake, first: int, count: int) -> list[bytes]:
    """The bytes at these places of the log, once they are sealed."""
    reader = LogReader(LogPlaces(intake.home, LOG).folder)
    soon(lambda: reader.size >= first + count)
    return [entry.raw for _, entry in reader.entries(first, first + count)]


def test_lines_are_durable_and_told_where(intake: Intake) -> None:
    some = [*lines(5), b"what is this?", b"\xff\x00 neither", LINE.format(9, 9).encode() + b"\r"]
    with Sender(intake) as sender:
        status, said = sender.batch(some, Content_Type="text/plain; charset=utf-8")
        assert (status, said["count"], said["again"]) == (200, 8, False)
        assert said["verbatim"] >= 1
        assert sealed(intake, said["first"], 8) == some


def test_a_batch_again_is_told_its_old_place_and_other_content_is_refused(intake: Intake) -> None:
    with Sender(intake) as sender:
        _, first = sender.batch(lines(3), "again", 7)
        assert sender.batch(lines(3), "again", 7)[1] == {**first, "again": True}
        assert sender.batch(lines(3, 50), "again", 5)[1]["again"] is False, "an earlier number that comes late"
        status, said = sender.batch(lines(4), "again", 7)
        assert (status, said["code"]) == (409, "FH-IN-08")
        assert set(said) == {"code", "en", "zh"}
    with Sender(intake, token="shop") as other:
        assert other.batch(lines(4), "again", 7)[0] == 200, "another source's client is another"


@pytest.mark.parametrize(
    ("body", "headers", "status", "code"),
    [
        (b"x\n" + b"y" * 60_001, {}, 413, "FH-IN-05"),
        (b"x\n" * 10_001, {}, 413, "FH-IN-05"),
        (b"", {}, 400, "FH-IN-10"),
        (b"\n \n", {}, 400, "FH-IN-10"),
        (b"x", {"Content_Type": "image/png"}, 415, "FH-IN-06"),
        (b"x", {"Content_Encoding": "br"}, 415, "FH-IN-06"),
        (b"x", {"Content_Encoding": "gzip"}, 400, "FH-IN-10"),
        (b"x", {"Fanghu_Client": "a"}, 400, "FH-IN-10"),
        (b"x", {"Fanghu_Client": "a/b", "Fanghu_Batch": "1"}, 400, "FH-IN-10"),
        (b"x", {"Fanghu_Client": "a", "Fanghu_Batch": "0"}, 400, "FH-IN-10"),
        (gzip.compress(b"x" * 9_000_000), {"Content_Encoding": "gzip"}, 413, "FH-IN-05"),
    ],
)
def test_what_cannot_be_taken_is_refused_whole(
    intake: Intake, body: bytes, headers: dict[str, str], status: int, code: str
) -> None:
    with Sender(intake) as sender:
        found, said = sender.send(body, **headers)
        assert (found, said["code"]) == (status, code)
        assert said["en"]
        assert said["zh"]
        assert sender.batch(lines(1))[0] == 200, "the connection goes on"


def test_packed_batches(intake: Intake) -> None:
    some = lines(20)
    with Sender(intake) as sender:
        for encoding, pack in (("gzip", gzip.compress), ("zstd", zstandard.compress)):
            status, said = sender.send(pack(b"\n".join(some)), Content_Encoding=encoding, Content_Type=NDJSON)
            assert (status, said["count"]) == (200, 20)
            assert sealed(intake, said["first"], 20) == some


def test_other_addresses_and_methods(intake: Intake) -> None:
    with Sender(intake) as sender:
        assert sender.send(b"x", "/v2/records")[0] == 404
        sender.connection.request("GET", "/v1/records")
        answer = sender.connection.getresponse()
        assert (answer.status, json.loads(answer.read())["code"]) == (405, "FH-IN-14")


def test_strangers_get_nothing_more_and_are_counted_and_logged_once_a_minute(intake: Intake) -> None:
    before = intake.state().unknown
    for token in ("", "no", "no", "é"):
        with Sender(intake, token=token.encode().decode("latin-1")) as sender:
            status, said = sender.batch(lines(1))
            assert (status, said["code"]) == (401, "FH-IN-01")
            assert sender.headers["WWW-Authenticate"] == "Bearer"
    soon(lambda: intake.state().unknown >= before + 4)
    reader = LogReader(LogPlaces(intake.home, LOG).folder)
    notes = soon(lambda: [envelope_of(entry) for _, entry in reader.entries() if envelope_of(entry).kind == "meta"])
    assert {(note.type, note.place.ip, note.detail["why"]) for note in notes} == {
        ("intake.refused", "127.0.0.1", "unknown-token")
    }
    assert len(notes) <= 4, "each worker tells of the first at once, of the others after the minute"
    with Sender(intake, token="shut") as sender:
        assert sender.batch(lines(1))[1]["code"] == "FH-IN-15"


def test_only_the_ways_that_are_declared_are_open(intake: Intake) -> None:
    asked = b'{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"body":{"stringValue":"hello"}}]}]}]}'
    for token, records, spans in (("lines", 200, 403), ("spans", 403, 200)):
        with Sender(intake, token=token) as sender:
            assert sender.batch(lines(1))[0] == records
            status, said = sender.send(asked, "/v1/logs", Content_Type="application/json")
            assert status == spans and (status == 200 or "FH-IN-15" in said["message"])


def test_a_client_certificate_names_its_source(intake: Intake) -> None:
    certificate, key = intake.home.joinpath("pair").read_text().split("\n")
    with Sender(intake, token="", certificate=(Path(certificate), Path(key))) as sender:
        status, said = sender.batch(lines(2), "pinned", 1)
        assert status == 200
    soon(lambda: LogReader(LogPlaces(intake.home, LOG).folder).size > said["first"])
    entry = LogReader(LogPlaces(intake.home, LOG).folder).entry(said["first"])
    assert envelope_of(entry).source == "pinned"


def test_a_source_that_sends_too_fast_is_told_to_wait(intake: Intake) -> None:
    with Sender(intake, token="slow") as sender:
        assert sender.batch(lines(5_000), "fast", 1)[0] == 200
        status, said = sender.batch(lines(1), "fast", 2)
        assert (status, said["code"]) == (429, "FH-IN-07")
        assert 1 <= int(sender.headers["Retry-After"]) <= 501


def test_a_real_exporter_of_opentelemetry(intake: Intake, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):  # would go before the certificate that is given
        monkeypatch.delenv(name, raising=False)
    from opentelemetry._logs import LogRecord
    from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
    from opentelemetry.sdk._logs import LoggerProvider
    from opentelemetry.sdk._logs.export import BatchLogRecordProcessor
    from opentelemetry.sdk.resources import Resource

    host, port = intake.address
    exporter = OTLPLogExporter(
        endpoint=f"https://{host}:{port}/v1/logs",
        certificate_file=str(intake.home / "tls" / "authority.pem"),
        headers={"Authorization": "Bearer shop"},
    )
    provider = LoggerProvider(resource=Resource.create({"host.name": "shop-1", "service.name": "orders"}))
    provider.add_log_record_processor(BatchLogRecordProcessor(exporter))
    logger = provider.get_logger("orders")
    for number in range(3):
        attributes = {"enduser.id": "U7", "outcome": "success"}
        logger.emit(LogRecord(body=f"order {number}", event_name="order.placed", attributes=attributes))
    provider.force_flush()
    provider.shutdown()
    reader = LogReader(LogPlaces(intake.home, LOG).folder)

    def arrived() -> list[tuple[str, str, str, str]]:
        heads = [envelope_of(entry) for _, entry in reader.entries() if envelope_of(entry).type == "order.placed"]
        return [(each.source, each.actor, each.outcome, each.place.host) for each in heads]

    soon(lambda: len(arrived()) == 3)
    assert set(arrived()) == {("shop", "U7", "success", "shop-1")}


def test_otlp_takes_what_it_can_and_says_what_it_could_not(intake: Intake) -> None:
    records = [{"body": {"stringValue": "fine"}}, {"body": {"stringValue": "x" * 60_001}}]
    body = json.dumps({"resourceLogs": [{"scopeLogs": [{"logRecords": records}]}]}).encode()
    with Sender(intake, token="shop") as sender:
        status, said = sender.send(body, "/v1/logs", Content_Type="application/json")
        assert (status, said["partialSuccess"]["rejectedLogRecords"]) == (200, "1")
        status, said = sender.send(b"{", "/v1/logs", Content_Type="application/json")
        assert (status, said["code"]) == (400, 3), "google.rpc.Status, as OTLP asks"
        assert sender.send(b"x", "/v1/logs", Content_Type="text/plain")[0] == 415


def test_slow_senders_hold_nobody_up(intake: Intake) -> None:
    host, port = intake.address
    slow = []
    with Sender(intake) as sender:
        for _ in range(30):
            connection = sender.context.wrap_socket(socket.create_connection((host, port)), server_hostname="127.0.0.1")
            connection.sendall(
                b"POST /v1/records HTTP/1.1\r\nAuthorization: Bearer " + sender.token.encode()
                + b"\r\nContent-Length: 4000000\r\n\r\nx"
            )  # fmt: skip
            slow.append(connection)
        bare = [socket.create_connection((host, port)) for _ in range(30)]
        for number in range(5):
            assert sender.batch(lines(10, number * 10))[0] == 200
    for connection in (*slow, *bare):
        connection.close()


def test_a_hundred_megabytes_without_a_newline_are_refused_and_not_held(intake: Intake) -> None:
    before = intake.memory()

    def flood() -> Iterator[bytes]:
        for _ in range(100):
            yield b"x" * (1 << 20)

    with Sender(intake) as sender:
        try:
            status, said = sender.send(flood(), Transfer_Encoding="chunked")
            assert (status, said["code"]) == (413, "FH-IN-05")
        except OSError:
            pass  # it was told while it still sent
        sender.connection.close()
        assert sender.batch(lines(1))[0] == 200
    assert intake.memory() < before + (48 << 20)


def test_a_flood_from_many_senders_stays_within_its_memory(intake: Intake) -> None:
    peak, over = [0], threading.Event()

    def watch() -> None:
        while not over.wait(0.05):
            peak[0] = max(peak[0], intake.memory())

    body = b"\n".join(line * 3 for line in lines(10_000))[: 4 << 20]

    def send(number: int) -> int:
        with Sender(intake) as sender:
            return sender.send(body, Fanghu_Client=f"flood-{number}", Fanghu_Batch="1")[0]

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        with ThreadPoolExecutor(8) as pool:
            found = list(pool.map(send, range(8)))
    finally:
        over.set()
        watcher.join()
    assert set(found) <= {200, 408, 503}
    assert 200 in found
    assert peak[0] < 300 << 20, f"{peak[0] >> 20} MiB"


def test_another_plan_holds_without_a_connection_dropped(intake: Intake) -> None:
    with Sender(intake) as sender:
        assert sender.batch(lines(1))[0] == 200
        kept = sender.connection.sock
        workers = intake.children()
        was = json.loads((intake.home / "run" / "intake-plan.json").read_bytes())
        more = {
            **was,
            "sources": [*was["sources"], {**was["sources"][0], "name": "new", "tokens": [sha256(b"new").hexdigest()]}],
        }
        draft = intake.home / "run" / "plan.new"
        draft.write_text(json.dumps(more))
        draft.replace(intake.home / "run" / "intake-plan.json")

        def taken() -> bool:
            return sender.send(b"x", Authorization="Bearer new")[0] == 200

        with Sender(intake, token="new") as fresh:
            soon(lambda: fresh.batch(lines(1))[0] == 200)
        assert sender.batch(lines(1))[0] == 200
        assert sender.connection.sock is kept
    assert intake.children() == workers


def test_the_state_tells_what_came(intake: Intake) -> None:
    with Sender(intake) as sender:
        assert sender.batch(lines(1))[0] == 200
        soon(lambda: "gate" in intake.state().sources)
        records = intake.state().sources["gate"].records
        sender.batch(lines(7))
        sender.send(b"x", Content_Type="image/png")
    soon(lambda: intake.state().sources["gate"].records >= records + 7)
    soon(lambda: intake.state().sources["gate"].refused > 0)
    assert intake.state().sources["gate"].last
    assert intake.state().trouble == ""


def test_the_state_tells_which_batches_are_missing_and_which_can_come_no_more(intake: Intake) -> None:
    def told() -> tuple[int, int]:
        now = intake.state().sources["gate"]
        return now.skipped - before.skipped, now.missing - before.missing

    with Sender(intake) as sender:
        assert sender.batch(lines(1))[0] == 200
        at = intake.state().at
        soon(lambda: intake.state().at > at)
        before = intake.state().sources["gate"]
        for number in (1, 2, 4):
            assert sender.batch(lines(1), "leaves-out", number)[0] == 200
        soon(lambda: told() == (0, 1))
        assert sender.batch(lines(1), "leaves-out", 3)[0] == 200
        soon(lambda: told() == (0, 0))
        for number in (6, *range(7, 8 + REMEMBERED)):
            assert sender.batch(lines(1), "leaves-out", number)[0] == 200
        soon(lambda: told() == (1, 0))
        assert sender.batch(lines(1), "leaves-out", 5)[1]["code"] == "FH-IN-09"
