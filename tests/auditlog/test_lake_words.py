"""Filters rule out most entries, and never one that holds what somebody looks for."""

from __future__ import annotations

import random
import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from fanghu.auditlog.indexes import Indexes
from fanghu.auditlog.lake import ahead, bloom, hits
from fanghu.auditlog.lake.bloom import CELL, WIDTH, Bloom
from fanghu.auditlog.lake.filters import SIZE
from fanghu.auditlog.lake.hits import Searched
from fanghu.auditlog.lake.words import Looked, Words
from fanghu.auditlog.query import Query, parse
from fanghu.auditlog.record import LogRecord
from fanghu.auditlog.vault import opened
from fanghu.edge.encoding import bundle_of
from fanghu.intake.plan import Source
from fanghu.keys.locations import LogPlaces
from fanghu.tlog.bundle import Bundle
from fanghu.tlog.entry import Entry

NOW = datetime(2026, 11, 23, 2, 0, 0, tzinfo=UTC)
SOURCE = Source("gateway", "ndjson", ["http"])


@pytest.fixture(scope="module")
def library() -> Bloom:
    found = bloom.bloom()
    if found is None:
        assert shutil.which("cc") is None, "there is a compiler, and yet nothing was compiled: see ./run"
        pytest.skip("no C compiler here")
    return found


def line_of(text: str | bytes, number: int = 0) -> LogRecord:
    data = text if isinstance(text, bytes) else text.encode(errors="replace")
    [entry] = list(Bundle.read(bundle_of([data], SOURCE, "gw01", 1, 0, NOW)))
    return LogRecord(number, Entry(entry))


letters = st.sampled_from("aAbBzZ019-_ .:/\"'éÉßſKİı王小明登入「」。、ー々〇㈱ﬁ²\x00\n")
text = st.text(letters, max_size=24)
word = st.text(st.sampled_from("aAbBzZ019é王小登.-「 ſk"), min_size=1, max_size=10)
addresses = st.lists(st.integers(0, 300), min_size=4, max_size=5).map(lambda some: ".".join(map(str, some)))


@settings(max_examples=400, deadline=None)
@given(st.one_of(text, addresses, st.text(max_size=12)), st.data())
@example("from 192.0.2.17 port 4711", None)
@example("caf\u00e9 x王小明 abcdefghijklmnopqrstuvwxyz", None)
def test_what_stands_in_a_line_is_never_ruled_out(library: Bloom, said: str, data: st.DataObject | None) -> None:
    """Of anything that a record of such a line holds, however it is cut out of it."""
    record = line_of(said)
    if data is None:
        asked = [said[start:stop] for start in range(len(said)) for stop in range(start + 1, len(said) + 1)]
    else:
        start = data.draw(st.integers(0, len(said)))
        piece = said[start : start + data.draw(st.integers(1, 20))]
        asked = [piece, piece.upper(), piece.swapcase(), piece.replace(" ", "-"), data.draw(word)]
    cells = library.cells(0, WIDTH)
    cells.add(0, Bundle.of([record.entry.data]))
    for each in asked:
        sought = Words((each,))
        if any(map(Words((each,)).holds, [record])):
            assert library.sift(cells.data, sought.asked(library)) == b"\1", each


@settings(deadline=None)
@given(
    st.lists(st.sampled_from([*bloom.ODD, b"\\", b"&", b"u", b"x", b"#", b"\xc4", b"\xe2\x84", b"plain"]), max_size=6)
)
def test_what_may_be_spelt_otherwise_is_told(library: Bloom, some: list[bytes]) -> None:
    data = b"".join(some)
    assert library.odd(data) == library.odd(bytearray(data)) == any(each in data for each in bloom.ODD)


def test_what_does_not_stand_there_is_mostly_ruled_out(library: Bloom) -> None:
    chance = random.Random(1)
    cells = library.cells(0, 64 * WIDTH)
    for index in range(64 * WIDTH):
        user, ip = f"user{chance.randrange(5_000)}", ".".join(str(chance.randrange(1, 255)) for _part in range(4))
        line = f'{{"user":{{"name":"{user}"}},"source":{{"ip":"{ip}"}},"id":"{chance.getrandbits(64):016x}"}}'
        cells.add(index, Bundle.of([line_of(line, index).entry.data]))
    asked = [f"user{chance.randrange(5_000, 10_000)}" for _try in range(50)]
    asked += [".".join(str(chance.randrange(1, 255)) for _part in range(4)) for _try in range(50)]
    asked += [f"{chance.getrandbits(64):016x}" for _try in range(50)]
    left = [sum(library.sift(cells.data, Words((each,)).asked(library))) for each in asked]
    assert sum(left) / len(left) < 64 / 10, "less than a tenth of the filters is left open"


def test_filters_of_entries_that_are_none_or_beyond_are_refused(library: Bloom) -> None:
    cells = library.cells(300, 500)
    assert (cells.begin, len(cells.data)) == (256, CELL)
    entry = line_of("{}").entry.data
    for first, bundle in ((255, Bundle.of([entry])), (511, Bundle.of([entry, entry])), (300, Bundle(b"\0\5\1\0\7\0\0")),
                          (300, Bundle(b"\0")), (300, Bundle(b"\0\2\1\0"))):  # fmt: skip
        with pytest.raises(ValueError, match="beyond"):
            cells.add(first, bundle)
    with pytest.raises(IndexError):
        cells.say(600, ["x"])


def take_in(home: Path, lines: list[bytes], start: datetime = NOW) -> None:
    places = LogPlaces(home, "intake")
    for folder in (home / "logs", home / "keys", home / "run"):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with opened(places, create=True) as vault:
        for number, at in enumerate(range(0, len(lines), 500), 1):
            vault.append(list(Bundle.read(bundle_of(lines[at : at + 500], SOURCE, "gw01", number, 0, start))))
        vault.seal(start)


def lines(count: int, seed: int) -> list[bytes]:
    chance = random.Random(seed)
    found = []
    for number in range(count):
        at = (NOW + timedelta(seconds=number - 90 * chance.randrange(2))).isoformat()
        who = chance.choice(["wei", "王小明", f"user{chance.randrange(900)}", "back\\\\slash", "\\u738b\\u5c0f"])
        ip = f"203.0.113.{chance.randrange(250)}"
        whole = f'{{"time":"{at}","type":"order.placed","actor":"{who}","source":{{"ip":"{ip}"}},"id":"{chance.getrandbits(48):012x}"}}'
        odd = [
            f'Failed password for "{who}" from {ip}'.encode(),
            b"\xff\xfe raw",
            whole.replace("actor", "Actor").encode(),
            b'{"n":1}',
        ]
        found.append(whole.encode() if chance.randrange(20) else chance.choice(odd))
    return found


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("words")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ahead, "GROUP", 1_024)  # several parts, and files of filters that grow
        for seed in range(3):
            take_in(home, lines(1_500, seed), NOW + timedelta(hours=seed))
            Indexes(home).catch_up(limit=700)
            Indexes(home).catch_up()
    return home


def asked_of(home: Path) -> list[str]:
    log = Indexes(home).logs["intake"]
    some = [record.raw for record in log.records(1_000, 1_003)] + [record.raw for record in log.records(4_400, 4_403)]
    ids = [raw[-14:-2] for raw in some if raw.startswith("{")]
    return [*ids, *(each[:7] for each in ids), "user7", "user899", "王小", "小明", "王", "203.0.113.7", "203.0.113.2", "order placed", "ORDER",
            "slash", '"back slash"', "gateway", "xff", "wei 203.0.113.9", "Failed wei", "nowhere", "zq", "line.verbatim", "u738b"]  # fmt: skip


@pytest.mark.parametrize("few", ["as it is", "always", "never"])
def test_filters_change_no_answer(home: Path, few: str, library: Bloom, monkeypatch: pytest.MonkeyPatch) -> None:
    if few != "as it is":
        monkeypatch.setattr(hits, "few", lambda _left, _near: few == "always")
    other = Indexes(home).others["intake"]
    for each in asked_of(home):
        sought = Words(parse(each).words, [("gateway", "order.placed"), ("gateway", "line.verbatim")])
        expected = sorted((r.at_ms, r.index) for r in other.log.records(0, other.log.size) if sought.holds(r))
        assert list(other.hits(parse(each))) == expected, each
        assert list(other.hits(parse(each), newest_first=True, limit=20)) == expected[::-1][:20]
        since, until = NOW + timedelta(minutes=5), NOW + timedelta(minutes=9)
        inside = [hit for hit in expected if since.timestamp() <= hit[0] / 1000 < until.timestamp()]
        assert list(other.hits(parse(each).within(since, until))) == inside


def looked(other: Searched, asked: str, monkeypatch: pytest.MonkeyPatch) -> int:
    """How many records were looked through to answer."""
    counts = []
    whole = Looked.more

    def more(self: Looked, count: int) -> None:
        counts.append(count)
        whole(self, count)

    with monkeypatch.context() as patch:
        patch.setattr(Looked, "more", more)
        list(other.hits(parse(asked)))
    return sum(counts)


def rare(home: Path) -> str:
    return next(r.raw[-14:-2] for r in Indexes(home).logs["intake"].records(2_000, 2_100) if r.raw.endswith('"}'))


def test_a_rare_word_is_found_by_reading_few_records(
    home: Path, library: Bloom, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = Indexes(home).others["intake"]
    assert other.log.size == 4_500
    assert looked(other, rare(home), monkeypatch) < 1_500
    monkeypatch.setattr(hits, "bloom", lambda: None)
    assert looked(other, rare(home), monkeypatch) == 18 * WIDTH, "without filters every record is"


def spoilt(home: Path, how: str) -> None:
    for path in (home / "index" / "lake" / "intake").glob("*.bloom"):
        if how == "gone":
            path.unlink()
        else:
            path.write_bytes(b"" if how == "cut" else bytes(SIZE))


@pytest.mark.parametrize("how", ["gone", "cut", "emptied"])
def test_filters_that_are_lost_or_altered_are_made_again(
    home: Path, tmp_path: Path, how: str, library: Bloom, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(home, tmp_path / "home")
    spoilt(tmp_path / "home", how)
    other = Indexes(tmp_path / "home").others["intake"]
    word = rare(home)
    if how != "emptied":  # until then all are looked at
        assert len(list(other.hits(parse(word)))) == 1
        assert looked(other, word, monkeypatch) > 3_000
    Indexes(tmp_path / "home").catch_up(deep=True)
    assert len(list(other.hits(parse(word)))) == 1
    assert looked(other, word, monkeypatch) < 1_500


def test_entries_indexed_where_nothing_was_compiled_get_their_filters_later(
    tmp_path: Path, library: Bloom, monkeypatch: pytest.MonkeyPatch
) -> None:
    take_in(tmp_path, lines(900, 7))
    other = Indexes(tmp_path).others["intake"]
    monkeypatch.setattr(ahead, "bloom", lambda: None)
    other.lake.catch_up(other.log, limit=300)
    monkeypatch.undo()
    other.lake.catch_up(other.log, limit=300)
    assert not other.lake.ledger.blooms(), "the first 300 have none, and a page does not wait for them"
    other.lake.catch_up(other.log)
    assert list(other.lake.ledger.blooms()) == [0], "they were read once more"
    take_in(tmp_path, lines(100, 8))
    monkeypatch.setattr(ahead, "bloom", lambda: None)
    other.lake.catch_up(other.log)
    assert not other.lake.ledger.blooms(), "these filters do not hold all"
    record = next(other.log.records(880, 881))
    assert (record.at_ms, 880) in list(other.hits(Query(words=(record.raw[-14:-2],))))


def test_a_library_that_is_none_is_not_used(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(bloom, "compiled_at", lambda _source: tmp_path / "none.so")
    assert bloom.bloom.__wrapped__() is None


def test_it_compiles_without_a_warning(tmp_path: Path, library: Bloom) -> None:
    flags = ["-O2", "-Wall", "-Wextra", "-Werror", "-fPIC", "-shared", "-ffreestanding", "-nostdlib"]
    subprocess.run(["cc", *flags, "-o", tmp_path / "bloom.so", bloom.SOURCE], check=True)
