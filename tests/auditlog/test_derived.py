"""What an entry without an envelope says is what its line says, read as its source's format then was."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from hashlib import sha256

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fanghu.auditlog.derived import envelope_of, microseconds_of, moment_of_microseconds
from fanghu.auditlog.parsers.formats import FORMATS, read
from fanghu.auditlog.record import LogRecord, entry_of_line
from fanghu.edge.encoding import bundle_of, unread
from fanghu.intake.plan import Source
from fanghu.tlog.bundle import unbundled
from fanghu.tlog.entry import Entry

NOW = datetime(2026, 11, 23, 2, 0, 0, 120_000, tzinfo=UTC)
LINES = {
    "openssh": b"Nov 22 15:59:58 gw01 sshd[24200]: Failed password for root from 203.0.113.9 port 4242 ssh2",
    "linux-auth": b"Nov 23 09:00:01 gw01 sudo:   wei : TTY=pts/0 ; PWD=/ ; USER=root ; COMMAND=/bin/id",
    "syslog": b"<38>1 2026-11-23T01:59:59.5Z gw01 sshd 7 - - Accepted publickey for wei from 203.0.113.9 port 9 ssh2: ED25519 x",
    "syslog-json": b'<38>1 2026-11-23T01:59:59.5Z gw01 shop 7 - - {"type":"order.placed","actor":"wei"}',
    "nginx": b'203.0.113.9 - wei [23/Nov/2026:09:59:59 +0800] "GET /a?b HTTP/1.1" 200 612 "-" "curl"',
    "ndjson": b'{"@timestamp":"2026-11-23T01:59:59.5Z","user":{"name":"wei"},"event":{"action":"order.placed"},"n":3}',
    "plain": b"\xff\x00 whatever",
    "of tomorrow": b"a format that nobody knows any more",
}


def entry(format_: str, line: bytes, place: int = 0, now: datetime = NOW, zone: str = "Asia/Taipei") -> Entry:
    source = Source("gateway", format_, ["http"], zone=zone)
    bundle = bundle_of([line], source, "gw01", 7, place, now)
    return Entry((unbundled(bytes(bundle), 1) or [b""])[0])


@pytest.mark.parametrize("format_", sorted({*FORMATS, *LINES} - {"apache", "windows", "postgresql", "journal"}))
def test_it_says_what_an_envelope_would_have_said(format_: str) -> None:
    line = LINES[format_]
    found = envelope_of(entry(format_, line, 2))
    assert found.id == (sha256(b"gateway\ngw01\n7").digest()[:12] + bytes((0, 0, 0, 2))).hex()
    at = datetime.fromisoformat(found.time) if found.time else None
    whole = entry_of_line(
        bytes.fromhex(found.id), line, read(format_, line), at, found.assumed, "gateway", "gw01/7", NOW
    )
    assert found == Entry(whole).envelope
    assert entry(format_, line).raw == line


def test_what_is_said_to_happen_later_than_can_be_stands_where_it_came_in() -> None:
    def line(at: datetime) -> LogRecord:
        return LogRecord(5, entry("ndjson", b'{"time":"%b","type":"order.placed"}' % at.isoformat().encode()))

    for ahead in (timedelta(0), timedelta(hours=5), timedelta(days=1)):
        assert line(NOW + ahead).at == NOW + ahead
    for ahead in (timedelta(days=1, milliseconds=1), timedelta(days=27_000)):
        record = line(NOW + ahead)
        assert (record.at, record.lag_ms) == (NOW, -ahead // timedelta(milliseconds=1))
        assert datetime.fromisoformat(record.as_json()["source_time"]) == NOW + ahead
    assert line(datetime(1970, 1, 1, tzinfo=UTC)).at.year == 1970


def test_a_line_without_year_or_zone_is_of_its_source_s_zone_and_the_newest_year_before_it_came() -> None:
    record = LogRecord(5, entry("openssh", LINES["openssh"]))
    assert record.at == datetime(2026, 11, 22, 7, 59, 58, tzinfo=UTC)
    assert record.assumed == ["timezone", "year"]
    assert record.lag_ms == int((NOW - record.at) / timedelta(milliseconds=1))
    came = datetime(2026, 1, 2, tzinfo=UTC)
    assert LogRecord(5, entry("openssh", LINES["openssh"], now=came)).at.year == 2025
    assert LogRecord(5, entry("openssh", LINES["openssh"], zone="UTC")).at.hour == 15


def test_what_cannot_be_read_is_verbatim() -> None:
    for format_, line in (("ndjson", b'{"a":1'), ("openssh", b"garbage"), ("of tomorrow", b"x")):
        record = LogRecord(1, entry(format_, line))
        assert record.verbatim
        assert record.at == NOW


@given(st.datetimes(datetime(1971, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC)))
def test_the_moment_it_came_is_kept_to_the_microsecond(at: datetime) -> None:
    assert moment_of_microseconds(microseconds_of(at)) == at


json_ = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=8,
)


@given(st.lists(st.one_of(json_.map(msgspec.json.encode), st.binary(max_size=30)), min_size=1, max_size=6))
def test_lines_that_are_no_objects_are_counted_as_they_come(lines: list[bytes]) -> None:
    lines = [line.replace(b"\n", b" ") for line in lines]
    assert unread("ndjson", lines) == sum(read("ndjson", line).verbatim for line in lines)
