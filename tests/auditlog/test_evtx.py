"""Event logs of Windows (.evtx): every record once, what is broken named and kept, and no file harms who imports it.

The files are written by `evtx_file`. What it writes was read alike by python-evtx 0.8.1, whose checksum tests it passes.
"""

from __future__ import annotations

import base64
import json
import random
import struct
import sys
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from fanghu.auditlog import evtx, evtx_child, evtx_chunks
from fanghu.auditlog.actions import import_file, index
from fanghu.auditlog.order import Order
from fanghu.auditlog.parsers.formats import read
from fanghu.auditlog.query import parse
from fanghu.auditlog.reading import events
from fanghu.auditlog.record import LogRecord
from fanghu.auditlog.vault import SealedLog
from fanghu.events.doer import KEEPER
from fanghu.faults import Fault
from tests.auditlog.conftest import NOW
from tests.auditlog.evtx_file import CHUNK, HEADER, Event, evtx_file

AT = datetime(2026, 11, 20, 8, 30, 0, 123_456, tzinfo=UTC)
MARKER = evtx_chunks.MARKER


def signed_in(record: int, who: str = "alice") -> Event:
    return Event(record, 4624, AT + timedelta(seconds=record),
                 {"SubjectUserName": "DC01$", "TargetUserName": who, "LogonType": "3", "IpAddress": "203.0.113.9"})  # fmt: skip


DAY = [
    signed_in(900),
    Event(901, 4625, AT, {"TargetUserName": "root", "Status": "0xc000006d", "IpAddress": "192.0.2.1"}),
    Event(902, 4720, AT, {"TargetUserName": "王小明", "SubjectUserName": "admin"}),
    Event(903, 4732, AT, {"MemberSid": "S-1-5-21-7", "TargetUserName": "Administrators", "SubjectUserName": "admin"}),
    Event(904, 1102, AT, {"SubjectUserName": "mallory"}, user_data="LogFileCleared"),
    Event(905, 4634, AT, {"TargetUserName": "alice", "LogonType": "3"}),
]


@pytest.fixture
def security(tmp_path) -> Path:
    """Six events in two chunks."""
    path = tmp_path / "Security.evtx"
    path.write_bytes(evtx_file(DAY, per_chunk=3))
    return path


def records_at(path: Path) -> list[int]:
    """Where the records of a file's first chunk stand in it."""
    found = evtx_chunks.spans(path.read_bytes()[HEADER : HEADER + CHUNK])
    return [HEADER + span.start for span in found]


def hurt(path: Path, at: int, data: bytes) -> None:
    content = bytearray(path.read_bytes())
    content[at : at + len(data)] = data
    path.write_bytes(content)


def told(path: Path) -> list[int | dict[str, Any]]:
    """Each line as its record's number, or as what a marker says."""
    lines = [json.loads(line) for line in evtx.lines_of(path, path.stat().st_size)]
    return [line[MARKER] if MARKER in line else line["Event"]["System"]["EventRecordID"] for line in lines]


def imported(log: Path) -> Iterator[LogRecord]:
    sealed = SealedLog(log)
    return (record for record in sealed.records(0, sealed.size) if record.kind == "import")


def bring(path: Path, format_: str = "windows") -> tuple[int, int, int]:
    run = import_file(Order(path, format_, "dc01"), by=KEEPER, now=NOW)
    return run.imported, run.already, run.verbatim


def test_each_record_becomes_one_entry_that_says_where_it_was(own_log, security):
    assert bring(security) == (6, 0, 0)
    found = list(imported(own_log))
    assert [(each.type, each.outcome, each.actor, each.place, each.object) for each in found] == [
        ("signin.succeeded", "success", "alice", "203.0.113.9", ""),
        ("signin.failed", "failure", "root", "192.0.2.1", ""),
        ("account.created", "success", "admin", "", "王小明"),
        ("group.changed", "success", "admin", "", "S-1-5-21-7"),
        ("log.cleared", "success", "mallory", "", ""),
        ("session.closed", "success", "alice", "", ""),
    ]
    assert [each.detail["record"] for each in found] == [900, 901, 902, 903, 904, 905]
    assert {each.host for each in found} == {"DC01.example.test"}
    assert found[1].at == AT
    assert json.loads(found[2].raw)["Event"]["EventData"] == {"TargetUserName": "王小明", "SubjectUserName": "admin"}
    assert index().count(parse("type=signin.failed"))[1] == 1
    [(_, event)] = events("log.imported")
    assert event.detail["file_sha256"] == sha256(security.read_bytes()).hexdigest()
    assert event.detail["unread"] == 0


def test_the_same_file_and_a_longer_one_add_only_what_is_new(own_log, security):
    bring(security)
    assert bring(security) == (0, 6, 0)
    security.write_bytes(evtx_file([*DAY, signed_in(906, "bob")], per_chunk=4))
    assert bring(security) == (1, 6, 0)


def test_the_library_writes_a_record_as_it_always_did(security):
    """What is already there is known by its line: a newer library that writes it otherwise would import all twice."""
    first = next(evtx.lines_of(security, security.stat().st_size))
    assert first.decode() == (
        '{"Event":{"#attributes":{"xmlns":"http://schemas.microsoft.com/win/2004/08/events/event"},"System":{"Provider":'
        '{"#attributes":{"Name":"Microsoft-Windows-Security-Auditing"}},"EventID":4624,"TimeCreated":{"#attributes":'
        '{"SystemTime":"2026-11-20T08:45:00.123456Z"}},"EventRecordID":900,"Channel":"Security","Computer":'
        '"DC01.example.test"},"EventData":{"SubjectUserName":"DC01$","TargetUserName":"alice","LogonType":"3",'
        '"IpAddress":"203.0.113.9"}}}'
    )


def test_what_cannot_be_read_is_named_and_its_bytes_are_kept(own_log, security):
    second = records_at(security)[1]
    hurt(security, second + 24, b"\xff" * 40)
    whole = security.read_bytes()
    assert bring(security) == (5, 0, 2)
    assert bring(security) == (0, 7, 0)
    _, broken = [record for record in imported(own_log) if record.verbatim]
    assert broken.detail == {"unread": "unreadable", "record": 901, "chunk": 0, "offset": second}
    assert broken.at == AT  # its head still says when
    kept = json.loads(broken.raw)[MARKER]
    assert zlib.decompress(base64.b64decode(kept["zlib_base64"])) == whole[second : second + kept["size"]]
    assert kept["sha256"] == sha256(whole[second : second + kept["size"]]).hexdigest()
    assert [event.detail["unread"] for _, event in events("log.imported")] == [2, 2]


def test_records_behind_a_broken_one_are_reached(security):
    second = records_at(security)[1]
    hurt(security, second, b"no record head is this")
    checksum, *rest = told(security)
    assert checksum == {"why": "checksum", "chunk": 0, "offset": HEADER}
    assert [each if isinstance(each, int) else (each["why"], each["offset"]) for each in rest] == [
        900, ("no-record", second), 902, 903, 904, 905,
    ]  # fmt: skip


def test_a_chunk_that_is_none_is_named_and_the_others_are_read(security):
    hurt(security, HEADER, b"overwritten")
    lost, *rest = told(security)
    assert (lost["why"], lost["chunk"], lost["size"], rest) == ("no-chunk", 0, CHUNK, [903, 904, 905])


def test_a_torn_file_gives_all_that_is_left(security):
    third = records_at(security)[2]
    security.write_bytes(security.read_bytes()[: third + 30])
    torn, *rest = told(security)
    assert torn == {"why": "torn", "chunk": 0, "offset": HEADER}
    assert rest[:2] == [900, 901]
    assert (rest[2]["why"], rest[2]["offset"], len(rest)) == ("no-record", third, 3)


def test_a_log_copied_while_open_gives_what_its_chunk_does_not_know_yet(security):
    second = records_at(security)[1]
    hurt(security, HEADER + 48, struct.pack("<I", second - HEADER))  # where the chunk says that its records end
    assert told(security) == [{"why": "checksum", "chunk": 0, "offset": HEADER}, 900, 901, 902, 903, 904, 905]


def test_left_over_records_behind_the_end_are_not_taken_for_new_ones(security):
    chunk = bytearray(security.read_bytes()[HEADER : HEADER + CHUNK])
    end = evtx_chunks.spans(bytes(chunk))[-1].end
    old = evtx_file([signed_in(17)])[HEADER + 512 : HEADER + 512 + 2_000]
    chunk[end : end + len(old)] = old
    assert [span.record for span in evtx_chunks.spans(bytes(chunk))] == [900, 901, 902]


def test_empty_chunks_and_a_file_without_any_are_nothing(security):
    content = security.read_bytes()
    security.write_bytes(content[:HEADER] + bytes(CHUNK) + content[HEADER:] + bytes(CHUNK))
    assert told(security) == [900, 901, 902, 903, 904, 905]
    security.write_bytes(content[:HEADER])
    assert told(security) == []
    security.write_bytes(content[:20])
    assert told(security) == []


def test_a_name_that_was_typed_forges_no_field(tmp_path):
    path = tmp_path / "typed.evtx"
    typed = 'eve","IpAddress":"203.0.113.66","x":"\n\x01{}'
    path.write_bytes(evtx_file([Event(1, 4625, AT, {"TargetUserName": typed, "IpAddress": "192.0.2.1"})]))
    [line] = evtx.lines_of(path, path.stat().st_size)
    found = read("windows", line)
    assert (found.actor, found.place) == (typed, "192.0.2.1")


def test_a_field_whose_name_breaks_the_json_is_kept_as_bytes(tmp_path):
    path = tmp_path / "named.evtx"
    odd = [Event(number, 1102, AT, {name: "x"}, user_data="LogFileCleared") for number, name in ((1, "a\n"), (2, '"'))]
    path.write_bytes(evtx_file([*odd, signed_in(3)]))
    newline, quote, whole = told(path)
    assert (newline["why"], quote["why"], whole) == ("unreadable", "unreadable", 3)


def test_a_record_too_long_for_an_entry_is_kept_packed(tmp_path):
    path = tmp_path / "long.evtx"
    path.write_bytes(evtx_file([signed_in(1, "控" * 21_000), signed_in(2)]))
    long, second = told(path)
    assert (long["why"], long["record"], second) == ("too-long", 1, 2)
    assert len(zlib.decompress(base64.b64decode(long["zlib_base64"]))) == long["size"] > 42_000


def test_a_chunk_that_swells_is_kept_as_it_is():
    swelling = [Event(number, 4624, AT, {}, channel="", computer="", padding=28_000) for number in range(1, 60)]
    file = evtx_file(swelling, per_chunk=100)
    head, chunk = file[:HEADER], file[HEADER:]
    assert len(list(evtx_child.lines_of(head, chunk, 0))) == 59
    [line] = evtx_child.lines_of(head, chunk, 0, most=1 << 20)
    kept = json.loads(line)[MARKER]
    assert (kept["why"], kept["size"], kept["sha256"]) == ("too-much", CHUNK, sha256(chunk).hexdigest())


def test_a_file_that_swells_all_over_is_refused_before_anything_is_imported(own_log, tmp_path):
    path = tmp_path / "bomb.evtx"
    swelling = [Event(number, 4624, AT, {}, channel="", computer="", padding=28_000) for number in range(1, 701)]
    path.write_bytes(evtx_file(swelling, per_chunk=70))
    with pytest.raises(Fault, match="FH-LOG-55"):
        bring(path)
    assert list(imported(own_log)) == []


DEADLY = """
import os, sys
first, end, killers = int(sys.argv[2]), int(sys.argv[3]), sys.argv[1].split(",")
sys.stdout.write("ready\\n")
for number in range(first, end):
    sys.stdout.flush()
    if str(number) in killers:
        os.kill(os.getpid(), 11)
    sys.stdout.write('{"chunk": %d}\\n\\n' % number)
"""


def test_a_chunk_that_kills_its_reader_is_named_and_the_others_are_read(tmp_path):
    path = tmp_path / "deadly.evtx"
    path.write_bytes(evtx_file([signed_in(number) for number in range(5)], per_chunk=1))
    reader = (sys.executable, "-c", DEADLY)
    lines = [json.loads(line) for line in evtx.lines_of(path, path.stat().st_size, (*reader, "1,3"))]
    assert [line.get("chunk", line.get(MARKER, {}).get("why")) for line in lines] == [0, "killed", 2, "killed", 4]
    assert lines[1][MARKER]["sha256"] == sha256(path.read_bytes()[HEADER + CHUNK : HEADER + 2 * CHUNK]).hexdigest()
    with pytest.raises(Fault, match="FH-LOG-55"):
        list(evtx.lines_of(path, path.stat().st_size, (*reader, "0,2,4")))


@pytest.mark.parametrize("harm", ["while True: pass", "bytearray(1 << 31)"])
def test_time_and_space_of_the_reader_are_bounded(tmp_path, harm):
    path = tmp_path / "endless.evtx"
    path.write_bytes(evtx_file([signed_in(1), signed_in(2)], per_chunk=1))
    program = f"""
from fanghu.auditlog.evtx_child import lines_of, main
def read(head, chunk, number):
    if number == 0:
        {harm}
    return lines_of(head, chunk, number)
main(read, seconds=0.5)
"""
    killed, second = (
        json.loads(line) for line in evtx.lines_of(path, path.stat().st_size, (sys.executable, "-c", program))
    )
    assert (killed[MARKER]["why"], second["Event"]["System"]["EventRecordID"]) == ("killed", 2)


def test_a_reader_that_does_not_start_is_no_broken_file(security):
    with pytest.raises(Fault, match="FH-LOG-56"):
        list(evtx.lines_of(security, security.stat().st_size, (sys.executable, "-c", "raise SystemExit(1)")))


def test_it_is_imported_as_windows_only(own_log, security):
    with pytest.raises(Fault, match="FH-LOG-29"):
        bring(security, "plain")
    assert list(imported(own_log)) == []


@pytest.mark.parametrize("seed", range(40))
def test_damage_of_any_kind_hides_no_record_in_silence(seed):
    chance = random.Random(seed)
    file = evtx_file([signed_in(number) for number in range(1, 31)])
    head, chunk = file[:HEADER], bytearray(file[HEADER:])
    end = evtx_chunks.spans(bytes(chunk))[-1].end
    for _ in range(chance.randint(1, 8)):
        at, length = chance.randrange(512, end - 64), chance.randint(1, 64)
        chunk[at : at + length] = chance.randbytes(length)
    lines = [json.loads(line) for line in evtx_child.lines_of(head, bytes(chunk), 0)]
    assert lines[0][MARKER]["why"] == "checksum"
    spans = evtx_chunks.spans(bytes(chunk))
    assert len(lines) == 1 + len(spans)
    assert all(one.end == other.start for one, other in pairwise(spans))
    assert all(read("windows", json.dumps(line).encode()) for line in lines)
