"""journald's export format: fields with line feeds and binary bytes, any pieces; each record keeps its bytes."""

from __future__ import annotations

import struct
from hashlib import sha256

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fanghu.auditlog.parsers.journal import fields, read
from fanghu.edge.journal_export import HEAD, HELD, LONGEST, Export, Record


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
    assert [fields(record.raw) for record in found] == given_
    assert b"".join(record.raw + b"\n" for record in found) == data
    assert export.broken == 0


@unhurried
@given(st.binary(max_size=300), st.integers(1, 40))
def test_no_bytes_make_it_fall(data: bytes, step: int) -> None:
    export = Export()
    for at in range(0, len(data), step):
        for record in export.feed(data[at : at + step]):
            read(record.raw)
            assert record.raw in data


def fed(data: bytes, step: int = 65_536) -> list[Record]:
    export = Export()
    found = [record for at in range(0, len(data), step) for record in export.feed(data[at : at + step])]
    assert export.broken == 0
    return found


def test_a_record_keeps_its_bytes_and_states_its_cursor() -> None:
    data = exported(SSHD | {"BLOB": b"\x00\xff\n"}, SSHD)
    first, second = fed(data, 7)
    assert (first.raw + b"\n" + second.raw + b"\n", first.cursor) == (data, "s=1;i=2")


@pytest.mark.parametrize("step", [1_000, 65_536])
@pytest.mark.parametrize("binary", [False, True])
def test_what_is_too_long_is_named_with_its_hash_and_is_never_held(binary: bool, step: int) -> None:
    core, long = b"c" * 3_000_000, b"m" * 200_000
    data = exported(SSHD | {"COREDUMP": core, "MESSAGE": long, "AFTER": b"1"}, SSHD, binary=binary)
    export, found = Export(), list[Record]()
    for at in range(0, len(data), step):
        found += export.feed(data[at : at + step])
        assert len(export._held) <= LONGEST + step
    assert (len(found), export.broken) == (2, 0)
    raw, held = found[0].raw, fields(found[0].raw)
    assert len(raw) <= LONGEST
    assert held
    assert held["MESSAGE"] == long[:HEAD]
    assert (held["_HOSTNAME"], held["AFTER"], "COREDUMP" in held) == (b"gate", b"1", False)
    for name, value in (("COREDUMP", core), ("MESSAGE", long)):
        assert f"__FANGHU_CUT={name} {len(value)} {sha256(value).hexdigest()}\n".encode() in raw
    assert (read(raw).detail["cut"], read(raw).app) == (1, "sshd")


def test_many_fields_together_too_long_leave_who_spoke_and_name_the_rest() -> None:
    noise = {f"F{number}": b"%d" % number + b"x" * 30_000 for number in range(60)}
    (record,) = fed(exported(noise | SSHD | {"_UID": b"1000", "_EXE": b"/usr/sbin/sshd"}))
    assert len(record.raw) <= LONGEST
    assert sum(map(len, noise.values())) > HELD
    held = fields(record.raw)
    assert held
    assert {name: held[name] for name in SSHD} == SSHD | {"_UID": b"1000"}
    assert read(record.raw).type == "signin.failed"
    assert record.raw.count(b"__FANGHU_CUT=") == 60 - sum(name in (held or {}) for name in noise)


def test_a_line_that_is_no_field_spoils_its_record_only() -> None:
    export = Export()
    found = export.feed(b"no field at all=1\n\n" + exported(SSHD) + b"x" * 200_000)
    found += export.feed(b"x" * 9 + b"\n\n" + exported(SSHD))
    assert (len(found), export.broken) == (2, 2)
