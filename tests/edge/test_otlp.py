"""OTLP logs in both encodings: each record's bytes as they came, and what the index sees of it."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import (
    ExportLogsServiceRequest,
    ExportLogsServiceResponse,
)
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord, ResourceLogs, ScopeLogs
from opentelemetry.proto.resource.v1.resource_pb2 import Resource

from fanghu.edge.otlp import Record, Rejected, failure, of_json, of_protobuf, response
from fanghu.edge.taker import Refused

AT = datetime(2026, 11, 22, 12, tzinfo=UTC)
NANOS = int(AT.timestamp()) * 10**9


def pair(key: str, text: str) -> KeyValue:
    """One attribute."""
    return KeyValue(key=key, value=AnyValue(string_value=text))


def request() -> ExportLogsServiceRequest:
    """Two records of one host."""
    first = LogRecord(
        time_unix_nano=NANOS,
        body=AnyValue(string_value="signed in"),
        severity_number=9,
        attributes=[
            pair("event.name", "signin.succeeded"),
            pair("enduser.id", "U1"),
            pair("client.address", "192.0.2.7"),
            pair("outcome", "success"),
            pair("url.path", "/orders"),
        ],
    )
    second = LogRecord(observed_time_unix_nano=NANOS, body=AnyValue(string_value="hello"))
    resource = Resource(attributes=[pair("host.name", "gate"), pair("service.name", "shop")])
    return ExportLogsServiceRequest(
        resource_logs=[ResourceLogs(resource=resource, scope_logs=[ScopeLogs(log_records=[first, second])])]
    )


def test_protobuf_records_keep_their_bytes_and_are_read() -> None:
    sent = request()
    found = list(of_protobuf(sent.SerializeToString()))
    assert [each.raw for each in found] == [
        record.SerializeToString() for record in sent.resource_logs[0].scope_logs[0].log_records
    ]
    reading = found[0].reading()
    assert found[0].at == AT
    assert (reading.type, reading.outcome, reading.actor, reading.place) == (
        "signin.succeeded", "success", "U1", "192.0.2.7",
    )  # fmt: skip
    assert (reading.host, reading.app, reading.object, reading.detail["severity"]) == ("gate", "shop", "/orders", 9)
    assert (found[1].at, found[1].reading().type) == (AT, "otlp.record")


def test_json_records_keep_their_bytes_and_are_read() -> None:
    record = (
        '{"timeUnixNano": "NANOS",  "severityNumber":9,"body":{"stringValue":"signed in"},"eventName":"signin.succeeded",'
        '"attributes":[{"key":"enduser.id","value":{"stringValue":"U1"}},{"key":"n","value":{"intValue":"5"}}]}'
    ).replace("NANOS", str(NANOS))
    body = f'{{"resourceLogs":[{{"resource":{{"attributes":[]}},"scopeLogs":[{{"logRecords":[{record}]}}]}}]}}'
    (found,) = of_json(body.encode())
    assert found.raw == record.encode()
    assert (found.at, found.reading().type, found.reading().actor) == (AT, "signin.succeeded", "U1")


@pytest.mark.parametrize(
    "body", [b"[]", b"{", b'{"resourceLogs":7}', b'{"resourceLogs":[{"scopeLogs":[{"logRecords":[1]}]}]}']
)
def test_other_json_is_refused(body: bytes) -> None:
    with pytest.raises(Refused, match="FH-IN-10"):
        list(of_json(body))


@given(st.binary(max_size=200))
def test_any_bytes_are_records_or_refused(body: bytes) -> None:
    with suppress(Refused):
        for found in of_protobuf(body):
            assert isinstance(found, Record)
            assert found.raw in body


def test_a_request_cut_short_is_refused() -> None:
    with pytest.raises(Refused, match="FH-IN-10"):
        list(of_protobuf(request().SerializeToString()[:-1]))


def test_a_name_that_is_no_kind_of_event_is_not_taken_for_one() -> None:
    for name in ("", "Sign In", "a" * 300, "x..y", "<script>.a"):
        record = Record(b"", None, "", name, {"outcome": "maybe"}, {})
        assert (record.reading().type, record.reading().outcome) == ("otlp.record", "")


def test_partial_success_is_told_as_the_protocol_says() -> None:
    said = ExportLogsServiceResponse.FromString(response(Rejected(300, "too long"), json=False))
    assert (said.partial_success.rejected_log_records, said.partial_success.error_message) == (300, "too long")
    assert not ExportLogsServiceResponse.FromString(response(Rejected(), json=False)).HasField("partial_success")
    assert json.loads(response(Rejected(3, "x"), json=True))["partialSuccess"]["rejectedLogRecords"] == "3"
    assert json.loads(failure(3, "no", json=True)) == {"code": 3, "message": "no"}
