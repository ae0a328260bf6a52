"""The lake answers as reading every record would, and can be lost, cut or swapped without loss."""

from __future__ import annotations

import resource
import shutil
import sqlite3
from collections.abc import Iterator
from datetime import timedelta
from fnmatch import fnmatchcase
from pathlib import Path

import pytest

from fanghu.auditlog.completeness import lacks
from fanghu.auditlog.derived import utc_text
from fanghu.auditlog.index import Index
from fanghu.auditlog.indexes import Indexes
from fanghu.auditlog.lake import parts
from fanghu.auditlog.lake.columns import NUMBERS, TEXTS, mark_of, row_of
from fanghu.auditlog.lake.questions import engine
from fanghu.auditlog.query import Query, parse
from fanghu.auditlog.record import LogRecord
from fanghu.auditlog.tallies import by_source, rows_of
from fanghu.auditlog.vault import opened
from fanghu.faults import Fault
from fanghu.keys.locations import LogPlaces
from fanghu.tlog.entry import Envelope, encode
from fanghu.tlog.frames import SEGMENT
from tests.auditlog.taken_in import START, take_in

COUNT = 3_000
ASKED = [
    "", "type=signin.failed", "type=signin.*", "who=root", "who=root who=wang outcome=failure", "where=192.0.2.*",
    "where=console", "source=gate type=line.verbatim", "who=王小明", "who=O'Brien", "who=100%_*", "who=100%*e", "who=100_*",
    "who=back\\*", "who=back\\slash", "object=*報表*", "who=[r]oot", "who=?oot", "host=mx1 source=交易主機", "kind=event", "who=nobody*",
    "who=nobody\\u202e\\n", "who=nobody", "-type=signin.failed", "-type=signin.* source=gate", "-who=root -who=王小明", '-who="" -outcome=failure', "-who=100_* who=100*", "-kind=import",
]  # fmt: skip


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder whose intake log holds `COUNT` records."""
    home = tmp_path_factory.mktemp("home")
    take_in(home, COUNT)
    Indexes(home).catch_up()
    return home


@pytest.fixture
def copy(home: Path, tmp_path: Path) -> Path:
    """The same, to be spoilt."""
    shutil.copytree(home, tmp_path / "home")
    return tmp_path / "home"


def read_all(home: Path) -> list[LogRecord]:
    log = Indexes(home).logs["intake"]
    return list(log.records(0, log.size))


def by_reading(records: list[LogRecord], query: Query) -> list[int]:
    """What every record says, without an index, by time."""

    def meets(record: LogRecord) -> bool:
        def any_of(column: str, values: tuple[str, ...]) -> bool:
            said = getattr(record, column)
            return any(fnmatchcase(said, value.replace("[", "[[]").replace("?", "[?]")) for value in values)

        return all(any_of(*each) for each in query.filters.items()) and not any(
            any_of(*each) for each in query.without.items()
        )

    return [record.index for record in sorted(records, key=lambda r: (r.at_ms, r.index)) if meets(record)]


def found(home: Path, asked: str | Query, **more: object) -> list[int]:
    query = parse(asked) if isinstance(asked, str) else asked
    return [record.index for record in Indexes(home).search(query, **more)]  # type: ignore[arg-type]


@pytest.mark.parametrize("asked", ASKED)
def test_filters_find_what_reading_everything_finds(home: Path, asked: str) -> None:
    expected = by_reading(read_all(home), parse(asked))
    assert found(home, asked) == expected
    assert found(home, asked, newest_first=True) == expected[::-1]
    assert found(home, asked, limit=7, offset=3) == expected[3:10]
    assert found(home, asked, limit=7, offset=3, newest_first=True) == expected[::-1][3:10]
    assert Indexes(home).count(parse(asked))[0] == len(expected)


@pytest.mark.parametrize(
    ("asked", "expected"),
    [("port", COUNT), ("登入", COUNT), ("入登", 0), ('"line 77"', 11), ('"line 2999"', 1), ("王小明 source=gate", None), ("小明", None),
     ("ine", 0), ('" " "', 0), ("報表", None), ("root wang", 0), ("ROOT", None)],
)  # fmt: skip
def test_free_words_are_found_in_the_lines_themselves(home: Path, asked: str, expected: int | None) -> None:
    hits = found(home, asked)
    records = {record.index: record for record in read_all(home)}
    word = parse(asked).words[0].lower()
    if expected is None:
        source = parse(asked).filters.get("source", ("gate", "交易主機"))
        assert hits and sorted(hits) == [
            index for index, record in records.items() if word in record.words.lower() and record.source in source
        ]
    else:
        assert len(hits) == expected
    assert Indexes(home).count(parse(asked))[0] == len(hits)


def test_a_lake_of_an_earlier_version_is_made_anew(copy: Path) -> None:
    at = Indexes(copy).others["intake"].lake.ledger.path
    with sqlite3.connect(at) as raw:
        raw.executescript("ALTER TABLE tally DROP COLUMN came; UPDATE meta SET value = '2' WHERE key = 'version';")
    raw.close()
    assert Indexes(copy).tallied() == {}, "what is read before that is nothing, not a fault"
    Indexes(copy).catch_up()
    assert len(found(copy, "")) == COUNT
    assert sum(tally.records for tally in Indexes(copy).tallied().values()) == COUNT


def test_a_page_looks_for_words_only_so_far(home: Path) -> None:
    assert len(list(Indexes(home).search(parse("port"), limit=50, newest_first=True, most=1_000))) == 50
    with pytest.raises(Fault, match="FH-LOG-34"):  # two letters are too few for the filters
        list(Indexes(home).search(parse("zq"), limit=50, newest_first=True, most=1_000))


def test_spans_of_time_are_kept_to_the_millisecond(home: Path) -> None:
    records = read_all(home)
    for since, until in [(0, 3), (-9 * 24, 1), (24, None), (None, -24), (5, 5)]:
        low = None if since is None else START + timedelta(hours=since)
        high = None if until is None else START + timedelta(hours=until)
        expected = [
            record.index
            for record in sorted(records, key=lambda r: (r.at_ms, r.index))
            if (low is None or record.at >= low) and (high is None or record.at < high)
        ]
        assert found(home, Query(since=low, until=high)) == expected


def test_one_record_is_found_by_its_id(home: Path) -> None:
    record = read_all(home)[1234]
    assert found(home, f"id={record.id}") == [1234]
    assert found(home, f"id={record.id[:8]}{'0' * 24}") == []
    assert found(home, "id=zzz") == []


def test_columns_say_what_the_record_says(home: Path) -> None:
    for record in read_all(home):
        row = dict(zip((*NUMBERS, *TEXTS), row_of(record), strict=True))
        assert {name: row[name] for name in TEXTS} == {name: getattr(record, name) for name in TEXTS}
        assert row["mark"] == mark_of(record.key)
        expected = (record.index, record.at_ms, record.times, lacks(record), record.lag_ms)
        assert (row["idx"], row["at"], row["times"], row["lacks"], row["lag"]) == expected


def test_sums_are_those_of_every_record(home: Path) -> None:
    records, every = read_all(home), Indexes(home)
    assert every.tallied() == by_source(rows_of(records))
    assert every.sources() == ["gate", "交易主機"]
    assert sum(census.records for census in every.census().values()) == COUNT
    verbatim = sum(record.verbatim for record in records if record.source == "gate")
    assert every.census()["gate"].verbatim == verbatim
    newest = every.newest()["gate"]
    assert newest.at == max(record.at for record in records if record.source == "gate")
    assert newest.received_at == max(record.received_at for record in records if record.source == "gate")


def test_a_log_that_grows_is_indexed_piece_by_piece_and_small_parts_are_put_together(tmp_path: Path) -> None:
    every: list[int] = []
    for number in range(30):
        take_in(tmp_path, 40, seed=number, start=START + timedelta(minutes=5 * number))
        Indexes(tmp_path).catch_up(limit=25)
        every.append(len(Indexes(tmp_path).others["intake"].lake.ledger.parts()))
    left = [Indexes(tmp_path).catch_up(limit=25) for _round in range(60)]
    assert left[-1] == 0
    assert max(every) <= 22  # 8 of each size at most, not one for every round
    records = read_all(tmp_path)
    assert found(tmp_path, "type=signin.*") == by_reading(records, parse("type=signin.*"))
    assert Indexes(tmp_path).tallied() == by_source(rows_of(records))
    held = Indexes(tmp_path).others["intake"].lake.ledger.parts()
    assert [part.first for part in held] == [0, *(part.stop for part in held[:-1])]


def test_each_day_over_is_one_part(tmp_path: Path) -> None:
    for day in range(3):
        take_in(tmp_path, 60, seed=day, start=START + timedelta(days=day))
        for _round in range(3):
            Indexes(tmp_path).catch_up(limit=20)
    days = [part.day for part in Indexes(tmp_path).others["intake"].lake.ledger.parts()]
    assert days.count(days[0]) == 1
    assert len(set(days)) == 3


def only_part(home: Path) -> Path:
    [path] = (home / "index" / "lake" / "intake").glob("*.parquet")
    return path


def test_a_part_that_is_gone_is_made_again(copy: Path) -> None:
    only_part(copy).unlink()
    assert found(copy, "who=root") == by_reading(read_all(copy), parse("who=root"))
    Indexes(copy).catch_up()
    assert only_part(copy).exists()


def test_a_part_cut_short_is_made_again(copy: Path) -> None:
    path = only_part(copy)
    path.write_bytes(path.read_bytes()[:2_000])
    Indexes(copy).catch_up()
    assert found(copy, "who=root") == by_reading(read_all(copy), parse("who=root"))


def test_a_part_of_noise_is_made_again_while_it_is_asked(copy: Path) -> None:
    path = only_part(copy)
    path.write_bytes(bytes(len(path.read_bytes())))
    assert found(copy, "who=root") == by_reading(read_all(copy), parse("who=root"))


def test_a_flipped_bit_is_seen_by_the_daily_look(copy: Path) -> None:
    path = only_part(copy)
    data = bytearray(path.read_bytes())
    data[len(data) // 3] ^= 1
    path.write_bytes(data)
    Indexes(copy).catch_up(deep=True)
    [part] = Indexes(copy).others["intake"].lake.ledger.parts()
    assert parts.whole(path.parent, part, deep=True)


def test_a_ledger_of_noise_is_begun_anew(copy: Path) -> None:
    ledger = copy / "index" / "lake" / "intake" / "ledger.sqlite3"
    ledger.write_bytes(b"no database " * 500)
    Indexes(copy).catch_up()
    assert found(copy, "who=root") == by_reading(read_all(copy), parse("who=root"))
    assert Indexes(copy).tallied() == by_source(rows_of(read_all(copy)))


def test_a_lake_of_another_log_is_made_anew(copy: Path, tmp_path: Path) -> None:
    shutil.rmtree(copy / "logs")
    for path in [*copy.glob("*.pub"), *(copy / "keys").glob("*")]:
        path.unlink()
    take_in(copy, 200, seed=9)
    Indexes(copy).catch_up()
    assert found(copy, "") == by_reading(read_all(copy), Query())
    assert len(found(copy, "")) == 200


def test_files_that_nobody_names_are_cleared_away(copy: Path) -> None:
    stray = only_part(copy).with_name("000001-00000000000000-00000000000009.parquet")
    stray.write_bytes(b"left by a process that was killed")
    Indexes(copy).catch_up()
    assert not stray.exists()


@pytest.fixture
def full_disk() -> Iterator[None]:
    """No file of this process may grow beyond a few bytes."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4_096, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_full_disk_leaves_log_and_index_as_they_are(copy: Path, request: pytest.FixtureRequest) -> None:
    take_in(copy, 500, seed=2, start=START + timedelta(days=1))
    request.getfixturevalue("full_disk")
    assert Indexes(copy).others["intake"].lake.ledger.reach()[1] == COUNT
    Indexes(copy).catch_up()
    assert Indexes(copy).others["intake"].lake.ledger.reach()[1] == COUNT
    assert not list((copy / "index" / "lake" / "intake").glob(".*draft"))


def test_after_a_full_disk_the_next_round_goes_on(copy: Path) -> None:
    take_in(copy, 500, seed=2, start=START + timedelta(days=1))
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4_096, before[1]))
    try:
        Indexes(copy).catch_up()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert Indexes(copy).catch_up() == 0
    assert found(copy, "") == by_reading(read_all(copy), Query())


def test_what_the_log_let_go_is_found_no_more(tmp_path: Path) -> None:
    """A log of one full segment and a bit more lets the segment go: parts, sums and answers follow."""
    plain = [
        encode(
            Envelope(f"{number:032x}", "import", f"s{number // 60_000}", utc_text(START + timedelta(seconds=number))),
            b"x",
        )
        for number in range(SEGMENT + 300)
    ]
    for folder in ("logs", "keys", "run"):
        (tmp_path / folder).mkdir()
    with opened(LogPlaces(tmp_path, "intake"), create=True) as vault:
        vault.append(plain)
        vault.seal(START)
        assert Indexes(tmp_path).catch_up(limit=SEGMENT - 100) == 400
        assert Indexes(tmp_path).catch_up(limit=350) == 50  # a part over the end of the segment
        vault.writer.prune(SEGMENT, {}, START)
    assert Indexes(tmp_path).logs["intake"].first == SEGMENT
    assert len(found(tmp_path, "source=s0")) == 0  # before anybody brought the index up
    Indexes(tmp_path).catch_up()
    records = list(Indexes(tmp_path).logs["intake"].records(SEGMENT, SEGMENT + 301))
    assert found(tmp_path, "") == by_reading(records, Query())
    assert Indexes(tmp_path).tallied() == by_source(rows_of(records))
    assert Indexes(tmp_path).others["intake"].lake.ledger.parts()[0].first == SEGMENT
    index = Index(tmp_path / "beside.sqlite3")
    assert index.catch_up(Indexes(tmp_path).logs["intake"]) == 0
    assert index.find(Query()) == by_reading(records, Query())


def test_two_at_once_do_not_spoil_each_other(copy: Path) -> None:
    take_in(copy, 300, seed=3, start=START + timedelta(days=2))
    one, two = Indexes(copy).others["intake"], Indexes(copy).others["intake"]
    with one.lake._alone() as mine:
        assert mine
        assert two.lake.catch_up(two.log) == 300
    assert two.lake.catch_up(two.log) == 0


def test_the_engine_opens_nothing_beside_the_lake(home: Path, tmp_path: Path) -> None:
    import duckdb

    (tmp_path / "secret.csv").write_text("a,b\n1,2\n")
    asking = engine(Indexes(home).root)
    for sql in (
        f"SELECT * FROM read_csv('{tmp_path}/secret.csv')", f"COPY (SELECT 1) TO '{tmp_path}/out.csv'", "INSTALL httpfs",
        "SET enable_external_access = true", "SET memory_limit = '9GB'", f"ATTACH '{tmp_path}/x.db'",
    ):  # fmt: skip
        with pytest.raises(duckdb.Error):
            list(asking.ask(sql, []))
    assert not (tmp_path / "out.csv").exists()


def test_without_any_log_nothing_is_found(tmp_path: Path) -> None:
    assert found(tmp_path, "") == []
    assert Indexes(tmp_path).sources() == []
    assert Indexes(tmp_path).catch_up() == 0
    assert not Index(tmp_path / "index" / "log.sqlite3").path.exists()
