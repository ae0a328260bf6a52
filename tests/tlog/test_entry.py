"""The frozen format: these bytes can never change."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fanghu.tlog.bundle import lines_bundled, unbundled
from fanghu.tlog.damage import BadEntry
from fanghu.tlog.entry import FAILURE, LONGEST, Entry, Envelope, Line, Place, encode, well_formed
from fanghu.tlog.merkle import leaf_hash

EXAMPLE = Envelope(
    id="5f0c",
    kind="import",
    source="bastion",
    received_at="2026-11-22T08:00:05Z",
    time="2026-11-22T15:59:58+08:00",
    type="session.failed",
    outcome="failure",
    actor="root",
    place=Place(host="LabSZ", ip="203.0.113.9", port=4242, app="sshd"),
    assumed=["year", "timezone"],
    class_uid=3002,
    activity_id=1,
    status_id=FAILURE,
)
RAW = b"Nov 22 15:59:58 LabSZ sshd[1]: Failed password for root\xff"


def test_the_example_in_the_guide_is_what_the_code_writes() -> None:
    guide = (Path(__file__).parents[2] / "docs/guide/log-format.md").read_text()
    shown = re.findall(r"```hex\n(.*?)```", guide, re.DOTALL)
    written = encode(EXAMPLE, RAW)
    assert bytes.fromhex(shown[0]) == written
    assert leaf_hash(written).hex() in guide


LINE = Line("web", "nginx", "Asia/Taipei", "gw01/7", 1_795_334_405_000_000, 2)
TAKEN = b'203.0.113.9 - - "GET / HTTP/1.1" 200 612\xff'


def lines_entries(lines: list[bytes], said: Line) -> list[bytes]:
    return unbundled(bytes(lines_bundled(lines, said)), len(lines)) or []


def test_the_example_of_a_line_in_the_guide_is_what_the_code_writes() -> None:
    guide = (Path(__file__).parents[2] / "docs/guide/log-format.md").read_text()
    shown = re.findall(r"```hex\n(.*?)```", guide, re.DOTALL)
    [written] = lines_entries([TAKEN], LINE)
    assert bytes.fromhex(shown[1]) == written
    assert leaf_hash(written).hex() in guide


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=60).filter(lambda text: len(text.encode()) < 256)


@given(st.lists(st.binary(max_size=300), min_size=1, max_size=5), texts, texts, texts, texts, st.integers(0, 2**63))
def test_lines_read_back_with_their_bytes_and_places(
    lines: list[bytes], source: str, format_: str, zone: str, ref: str, received: int
) -> None:
    said = Line(source, format_, zone, ref, received, 7)
    entries = [Entry(data) for data in lines_entries(lines, said)]
    assert [entry.raw for entry in entries] == lines
    assert [entry.line for entry in entries] == [said._replace(place=7 + number) for number in range(len(lines))]
    assert all(well_formed(entry.data) for entry in entries)


def test_a_line_may_fill_the_limit_and_not_pass_it() -> None:
    room = LONGEST - len(lines_entries([b""], LINE)[0])
    assert len(lines_entries([b"", bytes(room)], LINE)[1]) == LONGEST
    with pytest.raises(BadEntry, match="shorten or split"):
        lines_entries([b"", bytes(room + 1)], LINE)
    with pytest.raises(ValueError, match="range"):
        lines_entries([b""], LINE._replace(ref="r" * 256))


@given(st.binary(max_size=80))
def test_no_bytes_make_the_reader_of_lines_fall_over(data: bytes) -> None:
    try:
        found = Entry(b"\x02" + data).line
    except BadEntry:
        return
    assert found is not None


def test_an_entry_reads_back_with_its_source_bytes_verbatim() -> None:
    found = Entry(encode(EXAMPLE, RAW))
    assert found.envelope == EXAMPLE
    assert found.raw == RAW
    assert encode(found.envelope, found.raw) == found.data


def test_empty_fields_are_not_written_and_keys_are_sorted() -> None:
    entry = Entry(encode(Envelope("1", "meta", "s", "t", place=Place(), detail={"b": 1, "a": None})))
    assert entry.head == b'{"detail":{"a":null,"b":1},"id":"1","kind":"meta","received_at":"t","source":"s"}'


def test_an_entry_may_fill_the_limit_and_not_pass_it() -> None:
    room = LONGEST - len(encode(Envelope("1", "event", "s", "t")))
    assert len(encode(Envelope("1", "event", "s", "t"), bytes(room))) == LONGEST
    with pytest.raises(BadEntry, match="65,535"):
        encode(Envelope("1", "event", "s", "t"), bytes(room + 1))
    with pytest.raises(BadEntry):
        encode(Envelope("1", "event", "s" * 66_000, "t"))
    with pytest.raises(BadEntry):
        encode(Envelope("\udcff", "event", "s", "t"))


@pytest.mark.parametrize(
    "data",
    [b"", b"\x01", b"\x02\x00\x02{}", b"\x03\x00\x02{}", b"\x01\x00\x09{}", b"\x01\x00\x02{}", b"\x01\x00\x02[}"],
)
def test_what_is_not_version_one_is_told(data: bytes) -> None:
    with pytest.raises(BadEntry, match="FH-TLG-05"):
        _ = Entry(data).envelope


@given(st.binary(max_size=80))
def test_no_bytes_make_the_reader_fall_over(data: bytes) -> None:
    try:
        found = Entry(data).envelope
    except BadEntry:
        return
    assert well_formed(data) and found.id is not None
