"""The search index answers as reading every record would, and can be lost without loss."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fanghu.auditlog.actions import deliver, import_file, index, search
from fanghu.auditlog.order import Order
from fanghu.auditlog.query import KEYS, Query, moment, parse, where
from fanghu.auditlog.vault import SealedLog
from fanghu.events.doer import KEEPER
from fanghu.faults import Fault
from tests.auditlog.conftest import NOW
from tests.auditlog.sample import SAMPLE

TAIPEI = ZoneInfo("Asia/Taipei")


@pytest.fixture
def filled(own_log, tmp_path, deed):
    deed("account.created", object_="account:7", detail={"note": "王小明的帳號已建立"})
    deed("account.disabled", object_="account:7", outcome="failure")
    (tmp_path / "auth.log").write_bytes(SAMPLE)
    import_file(Order(tmp_path / "auth.log", "openssh", "gate"), by=KEEPER, now=NOW)
    index().catch_up(SealedLog(own_log))
    return SealedLog(own_log)


def by_reading(log: SealedLog, query: Query) -> set[int]:
    """What every record says, without the index."""
    found = set()
    for record in log.records(0, log.size):
        said = {column: getattr(record, column) for column in KEYS.values()}
        meets = {
            asked: {
                column: any(fnmatchcase(said[column], value) for value in values) for column, values in filters.items()
            }
            for asked, filters in (("with", query.filters), ("without", query.without))
        }
        if all(meets["with"].values()) and not any(meets["without"].values()):
            found.add(record.index)
    return found


@pytest.mark.parametrize(
    "asked",
    ["", "type=signin.failed", "type=signin.*", "who=root", "who=root who=oracle", "where=192.0.2.*", "source=gate outcome=failure",
     "kind=event", "object=account:7", "type=account.* outcome=failure", "host=gate type=session.*", "who=nobody", "kind=import type=line.verbatim",
     "-type=signin.*", "-who=root -who=oracle", "-source=gate", "source=gate -outcome=failure", '-who=""', "type=signin.* -type=signin.failed"],
)  # fmt: skip
def test_filters_find_what_reading_everything_finds(filled, asked):
    query = parse(asked)
    assert set(index().find(query)) == by_reading(filled, query)
    assert index().count(query)[0] == len(by_reading(filled, query))


@pytest.mark.parametrize(
    ("asked", "expected"),
    [("oracle", 4), ("ORACLE failed", 2), ("192.0.2.7", 3), ("192.0.2", 5), ('"session opened for user wang"', 1), ("王小明", 1),
     ("帳號 建立", 1), ("小王", 0), ("oracle type=account.unknown", 2), ('" " "', 0), ("%_", 0), ("MARK", 1), ("'; DROP TABLE entry; --", 0)],
)  # fmt: skip
def test_free_words(filled, asked, expected):
    assert len(index().find(parse(asked))) == expected


def test_time_spans_are_days_of_taipei(filled):
    def count(since: str, until: str) -> int:
        query = parse("source=gate").within(moment(since, TAIPEI), moment(until, TAIPEI, end=True))
        return len(index().find(query))

    assert count("2025-12-31", "2025-12-31") == 5
    assert count("2026-01-01", "2026-01-01") == 6
    assert count("2026-01-01T00:01", "2026-01-01T00:19:59") == 2
    assert count("2025-12-31T16:00Z", "2026-01-01T16:00Z") == 6


def test_order_limit_and_newest_first(filled):
    query = parse("source=gate type=signin.*")
    oldest = index().find(query)
    assert index().find(query, newest_first=True) == oldest[::-1]
    assert index().find(query, limit=2, offset=1) == oldest[1:3]


def test_an_index_of_another_log_is_made_anew(filled, tmp_path):
    base = index()
    import sqlite3

    with sqlite3.connect(base.path) as raw:
        raw.execute("UPDATE entry SET id = x'00' WHERE idx = (SELECT max(idx) FROM entry)")
    raw.close()
    base.catch_up(filled)
    assert base.count(parse("type=account.created"))[0] == 1
    assert base.catch_up(filled) == 0


def test_catching_up_by_parts_ends_at_the_whole(filled):
    base = index()
    base.drop()
    left = [base.catch_up(filled, limit=5) for _ in range(4)]
    assert left == sorted(left, reverse=True)
    assert left[-1] == 0
    assert base.count(Query())[0] == filled.size


def test_a_search_leaves_the_names_of_filters_and_never_their_values(filled, own_log):
    list(search(parse("secretname who=A123456789 where=10.1.1.1"), by=KEEPER, now=NOW))
    deliver(NOW)
    log = SealedLog(own_log)
    last = list(log.records(log.size - 1, log.size))[0]
    assert last.type == "log.searched"
    assert last.detail == {"filters": ["where", "who", "words"]}
    assert b"A123456789" not in last.entry.data
    assert b"secretname" not in last.entry.data


def test_what_is_printed_is_json_and_whole(filled):
    for record in filled.records(0, filled.size):
        printed = json.loads(json.dumps(record.as_json(), default=str))
        assert printed["index"] == record.index
        assert datetime.fromisoformat(printed["time"]).tzinfo is not None


@pytest.mark.parametrize("asked", ["colour=red", "password=x", "-colour=red", "-id=00ff"])
def test_an_unknown_filter_is_a_fault(asked):
    with pytest.raises(Fault, match="FH-LOG-30"):
        parse(asked)


@pytest.mark.parametrize("text", ["soon", "2026-13-01", "22/11/2026", "2026-11-22T25:00"])
def test_a_time_that_is_none_is_a_fault(text):
    with pytest.raises(Fault, match="FH-LOG-31"):
        moment(text, TAIPEI)


def test_times():
    assert moment("", TAIPEI) is None
    assert moment("2026-11-22", TAIPEI, end=True) == datetime(2026, 11, 22, 16, tzinfo=UTC)
    assert moment("2026-11-22T00:00", TAIPEI, end=True) == datetime(2026, 11, 21, 16, tzinfo=UTC)


@given(st.text(max_size=60))
def test_no_text_makes_bad_sql(text):
    import sqlite3

    from fanghu.auditlog.index import _SCHEMA

    base = sqlite3.connect(":memory:")
    base.executescript(_SCHEMA)
    try:
        query = parse(text)
    except Fault:
        return
    condition, values = where(query)
    assert base.execute(f"SELECT idx FROM entry WHERE {condition}", values).fetchall() == []
    base.close()
