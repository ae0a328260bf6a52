"""Reading many lines of JSON at once gives, value for value, what reading them one by one gives."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec
from hypothesis import example, given, settings
from hypothesis import strategies as st

from fanghu.auditlog.lake import quick
from fanghu.auditlog.lake.columns import row_of, table_of
from fanghu.auditlog.parsers import ndjson
from fanghu.auditlog.parsers.reading import UNREAD
from fanghu.auditlog.record import LogRecord
from fanghu.edge.encoding import bundle_of
from fanghu.intake.plan import Source
from fanghu.tlog.bundle import Bundle, unbundled
from fanghu.tlog.entry import PLACE, Entry
from fanghu.tlog.loops import loops

NOW = datetime(2026, 11, 23, 2, 0, 0, 120_000, tzinfo=UTC)
ECS = (
    b'{"@timestamp":"2026-11-01T00:00:0%d.123+00:00","host":{"name":"gw01"},"event":{"action":"ssh_login","outcome":"failure"},'
    b'"user":{"name":"wei"},"source":{"ip":"203.0.113.9","port":99},"message":"whatever \\u00e9"}'
)
NAMES = [
    "time", "@timestamp", "ts", "type", "event.action", "action", "event", "actor", "user.name", "user", "place", "source", "who", "where",
    "client", "ip", "object", "url", "resource", "host", "host.name", "hostname", "outcome", "status", "n", "message",
]  # fmt: skip
INNER = ["name", "id", "action", "outcome", "ip", "address", "port", "path", "other"]
TIMES = ["2026-11-01T00:00:00Z", "2026-11-01T00:00:00.1234567+08:00", "2026-11-01 09:00:00", "1969-12-31T23:59:59.9995Z",
         "0001-01-01T00:00:00+14:00", "20261101T000000Z", "yesterday", "", "2026-11-01T00:00:00.123+00:00",
         "9999-12-31T23:59:59Z", "2026-11-24T02:00:00.120Z", "2026-11-24T02:00:00.1209Z", "2026-11-24T02:00:00.121Z"]  # fmt: skip
BEYOND = [
    msgspec.Raw(text) for text in (b"1e400", b"-1e400", b"1" + b"0" * 5_000, b"[1e400]", b'{"name":"wei","x":1e400}')
]
"""JSON, but numbers that neither a float nor Python's int takes."""
HIDING = ("root\u202e", "a\x1b[2J\nb", "\x7f", "fe80::1%\x9b", "王\u3000小明\u2028")
words = st.sampled_from(
    [
        "",
        "a",
        "ok",
        "FAILED",
        "order.placed",
        "signin.failed",
        "session.opened",
        "/a?b=c",
        "é",
        "x" * 300,
        "203.0.113.9",
        "fe80::1%" + "x" * 300,
        *HIDING,
    ]
)
leaf = st.one_of(
    words,
    st.sampled_from(TIMES),
    st.integers(-5, 2**40),
    st.none(),
    st.booleans(),
    st.floats(-1e9, 2e9),
    st.lists(words, max_size=2),
    st.sampled_from(BEYOND),
)
inner = st.dictionaries(st.sampled_from(INNER), leaf, max_size=4)
thing = st.dictionaries(st.sampled_from(NAMES), st.one_of(leaf, inner), max_size=8)
line = st.one_of(thing.map(msgspec.json.encode), st.binary(max_size=20).map(lambda data: data.replace(b"\n", b"")))


def entries(lines: list[bytes], zone: str = "Asia/Taipei") -> list[tuple[int, Entry]]:
    found: list[bytes] = []
    for number, start in enumerate(range(0, len(lines), 3), 1):  # batches of three
        some = lines[start : start + 3]
        source = Source("gateway" if number % 2 else "broker", "ndjson", ["http"], zone=zone)
        found += unbundled(bytes(bundle_of(some, source, "gw01", number, 0, NOW)), len(some)) or []
    return [(7 + number, Entry(data)) for number, data in enumerate(found)]


def columns(lines: list[bytes]) -> list[quick.Columns]:
    bundle = bundle_of(lines, Source("gateway", "ndjson", ["http"]), "gw01", 1, 0, NOW)
    start = Entry(Bundle.read(bundle)[0]).data
    found = loops().lines(bundle, 0, start[: 3 + (start[1] << 8 | start[2]) - PLACE])
    assert found.count == len(lines)
    return quick.columns(quick.Lines(bytes(found.data), found.count, found.odd, lambda: lines))


def rows(lines: list[bytes]) -> tuple[list[Any], list[Any]]:
    made = entries(lines)
    cut = len(made) // 2
    runs = [
        (some[0][0], Bundle.of([entry.data for _index, entry in some])) for some in (made[:cut], made[cut:]) if some
    ]
    table = table_of(runs)
    quickly = list(zip(*(table[name].to_pylist() for name in table.column_names), strict=True)) if made else []
    return quickly, [row_of(LogRecord(index, entry)) for index, entry in made]


@settings(max_examples=300, deadline=None)
@given(st.lists(line, max_size=12), st.integers(1, 3))
@example([ECS % 1, b'{"n":0}', ECS % 2], 2)
@example([b'{"user":{"name":"a"},"user":{"id":"b"}}', b'{"actor":null,"user":{"name":"a"}}'], 1)
@example([b'{"user.name":"a","user":{"name":"b"}}', b'{"user":{"name":""},"username":"c"}'], 2)
@example([b'{"time":"2026-11-01T00:00:00Z","n":18446744073709551615}', b'{"time":"2026-11-01T00:00:00Z","n":1}'], 2)
@example(
    [b'{"type":"order.placed","user":{"name":"wei","x":1e400},"z":[{"y":1e400}]}', b'{"actor":"wei","n":1e400}'], 2
)
@example(
    [
        ECS % 1,
        b"<38>1 2026-11-23T20:00:00Z h sshd - - - Failed password for a from 192.0.2.7 port 5 ssh2",
        b'{"who":"x"}',
    ],
    1,
)
def test_the_rows_are_the_same(lines: list[bytes], times: int) -> None:
    quickly, one_by_one = rows(lines * times)
    assert quickly == one_by_one


def test_lines_of_one_look_are_all_read_quickly() -> None:
    lines = [ECS % (number % 10) for number in range(50)]
    [found] = columns(lines)
    assert list(found.places) == list(range(50))
    quickly, one_by_one = rows(lines)
    assert quickly == one_by_one


def test_lines_of_several_looks_are_told_apart() -> None:
    looks = [
        ECS % 1,
        b'{"time":"2026-11-01T00:00:00Z","type":"order.placed","actor":"wei","outcome":"ok"}',
        b'{"ts":"2026-11-01T00:00:00Z","action":"login","ip":"203.0.113.9","n":3}',
        b'{"message":"nothing that we look for"}',
    ]
    lines = [looks[number * 7 % 4] for number in range(200)]
    found = columns(lines)
    assert len(found) == 4
    assert sorted(place for each in found for place in each.places) == list(range(200))
    quickly, one_by_one = rows(lines)
    assert quickly == one_by_one


def test_more_looks_than_are_told_apart_go_the_slow_way() -> None:
    lines = [
        b'{"time":"2026-11-01T00:00:00Z",%s"n":1}' % b"".join(b'"%s":"x",' % name.encode() for name in NAMES[3:number])
        for number in range(4, 24)
    ]
    assert len(columns(lines)) <= quick.MOST_LOOKS
    quickly, one_by_one = rows(lines)
    assert quickly == one_by_one


def test_lines_that_are_no_text_go_the_slow_way_alone() -> None:
    lines = [ECS % 1, b'{"message":"\xff"}', ECS % 2]
    assert [list(each.places) for each in columns(lines)] == [[0, 2]]
    quickly, one_by_one = rows(lines)
    assert quickly == one_by_one


def test_a_number_beyond_all_range_hides_nothing_else() -> None:
    lines = [
        ECS % 1,
        b'{"type":"order.placed","actor":"wei","weight":1e400}',
        b'{"action":"login","user":{"name":"a","x":-1e999}}',
    ]
    said = [(row.actor, row.type) for row in map(ndjson.read, lines[1:])]
    assert said == [("wei", "order.placed"), ("a", "record.login")]
    assert ndjson.read(b"1e400") == ndjson.read(b"[1e400]") == ndjson.read(b"{1e400") == UNREAD
    quickly, one_by_one = rows(lines)
    assert quickly == one_by_one
