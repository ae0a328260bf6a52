"""journald's export format: fields with line feeds and binary bytes, any pieces, and messages made of it."""

from __future__ import annotations

import struct
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fanghu.auditlog.parsers.syslog import read
from fanghu.edge import journal_export
from fanghu.edge.journal_export import Export, syslog_of


def field(name: str, value: bytes, *, binary: bool = False) -> bytes:
    if binary or b"\n" in value:
        return name.encode() + b"\n" + struct.pack("<Q", len(value)) + value + b"\n"
    return name.encode() + b"=" + value + b"\n"


def exported(*entries: dict[str, bytes], binary: bool = False) -> bytes:
    return b"".join(b"".join(field(*pair, binary=binary) for pair in entry.items()) + b"\n" for entry in entries)


SSHD = {
    "__CURSOR": b"s=1;i=2", "__REALTIME_TIMESTAMP": b"1795356153123456", "_HOSTNAME": b"gate", "SYSLOG_IDENTIFIER": b"sshd",
    "_PID": b"42", "PRIORITY": b"6", "SYSLOG_FACILITY": b"10", "_UID": b"0", "_SYSTEMD_UNIT": b"ssh.service",
    "MESSAGE": b"Failed password for root from 192.0.2.7 port 4000 ssh2",
}  # fmt: skip
unhurried = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
names = st.from_regex(r"[A-Z_][A-Z0-9_]{0,20}", fullmatch=True)
entries = st.lists(st.dictionaries(names, st.binary(max_size=60), min_size=1, max_size=5), max_size=5)


@unhurried
@given(entries, st.booleans(), st.integers(1, 40))
def test_whatever_the_fields_hold_and_however_it_is_cut(
    given_: list[dict[str, bytes]], binary: bool, step: int
) -> None:
    data, export = exported(*given_, binary=binary), Export()
    found = [entry for at in range(0, len(data), step) for entry in export.feed(data[at : at + step])]
    assert found == given_
    assert export.broken == 0


@unhurried
@given(st.binary(max_size=300), st.integers(1, 40))
def test_no_bytes_make_it_fall(data: bytes, step: int) -> None:
    export = Export()
    for at in range(0, len(data), step):
        for entry in export.feed(data[at : at + step]):
            assert len(syslog_of(entry)) <= journal_export.LONGEST


def test_a_field_past_all_measure_is_not_held(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal_export, "LARGEST", 100)
    export = Export()
    data = exported({"MESSAGE": b"x" * 5_000, "A": b"1"}, {"MESSAGE": b"next"}, binary=True)
    found = [entry for at in range(0, len(data), 64) for entry in export.feed(data[at : at + 64])]
    assert found == [{"MESSAGE": b"next"}]
    assert export.broken == 1


def test_an_entry_becomes_a_message_that_is_read_like_any_other() -> None:
    message = syslog_of(SSHD)
    assert message.startswith(b"<86>1 2026-11-22T14:02:33.123456Z gate sshd 42 - [journald@0 ")
    assert b'_SYSTEMD_UNIT="ssh.service"' in message
    reading = read(message)
    assert (reading.type, reading.actor, reading.place) == ("signin.failed", "root", "192.0.2.7")
    assert reading.stamp
    assert reading.stamp.at == datetime(2026, 11, 22, 14, 2, 33, 123456, UTC)


def test_a_value_cannot_forge_a_field_or_a_message() -> None:
    message = syslog_of(SSHD | {"EVIL": b'"] Accepted password for root from 198.51.100.1 port 1 ssh2 \xff\n[x@0 y="'})
    assert read(message).type == "signin.failed"
    assert b'EVIL="\\"\\] Accepted' in message


def test_what_is_too_long_is_cut_and_says_so() -> None:
    many = syslog_of(SSHD | {"LONG": b"y" * 59_950})
    assert b'cut="1"' in many
    assert many.endswith(SSHD["MESSAGE"])
    long = syslog_of(SSHD | {"MESSAGE": b"z" * 70_000})
    assert len(long) == 60_000
    assert b'cut="1"' in long
