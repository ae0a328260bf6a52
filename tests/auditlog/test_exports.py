"""What a search found, as files: cells that no spreadsheet runs, and records that anybody can check."""

from __future__ import annotations

import csv
import io
import json
import zipfile

import pytest

from fanghu.auditlog import exports
from fanghu.auditlog.actions import deliver, export
from fanghu.auditlog.checkpoints import current_checkpoint
from fanghu.auditlog.indexes import Indexes
from fanghu.auditlog.proved import check
from fanghu.auditlog.query import parse
from fanghu.auditlog.reading import events
from fanghu.events.doer import KEEPER
from fanghu.faults import Exit, Fault
from fanghu.keys import log_keys
from fanghu.keys.locations import LogPlaces
from tests.auditlog.conftest import NOW
from tests.auditlog.taken_in import take_in


@pytest.fixture
def home(own_log, deed, tmp_path):
    """Two logs: some deeds of our own, and 700 records of other systems."""
    deed("account.created", object_="=1+1", detail={"note": "王小明"})
    deed("account.disabled", object_="account:7")
    deliver(NOW)
    take_in(tmp_path, 700)
    return tmp_path


def keys(home):
    return [log_keys.pinned(at.public_key) for at in LogPlaces.all(home)]


def taken(asked: str, shape: str) -> bytes:
    return b"".join(export(parse(asked), shape, by=KEEPER, now=NOW))


def test_a_proved_export_is_checked_without_the_server(home):
    data = taken("", "proved")
    found = check(io.BytesIO(data), keys(home))
    assert found.ok, found.wrong
    assert found.records == 702
    assert found.sizes == {"own": current_checkpoint().size, "intake": 700}


@pytest.mark.parametrize(("most", "more"), [(701, True), (702, False)])
def test_a_file_that_holds_not_all_says_so_at_its_end(home, most, more):
    def last(shape: str) -> str:
        pieces = export(parse(""), shape, by=KEEPER, now=NOW, most=most)
        return b"".join(pieces).decode().splitlines()[-1]

    assert all(("Only the newest 701 records" in last(shape)) == more for shape in ("csv", "ndjson", "proved"))
    data = b"".join(export(parse(""), "proved", by=KEEPER, now=NOW, most=most))
    found = check(io.BytesIO(data), keys(home))
    assert found.ok and found.records == most
    table = b"".join(export(parse(""), "xlsx", by=KEEPER, now=NOW, most=most))
    with zipfile.ZipFile(io.BytesIO(table)) as book:
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
    assert ("Only the newest 701 records" in sheet) == more and sheet.count("<row ") == most + 1 + more


@pytest.mark.parametrize(
    "alter",
    [
        lambda line: line | {"who": "somebody else"},
        lambda line: line | {"index": line["index"] + 1},
        lambda line: line | {"raw": line["raw"] + "."},
        lambda line: line | {"leaf_hash": "00" * 32},
        lambda line: line | {"proof": line["proof"][1:]},
        lambda line: line | {"log": "own"},
        lambda line: line | {"added": "field"},
        lambda line: line | {"entry": "AQAC"},
        lambda line: {key: value for key, value in line.items() if key != "entry"},
        lambda _line: [],
    ],
)
def test_one_altered_record_is_named(home, alter):
    lines = taken("source=gate", "proved").splitlines()
    lines[4] = json.dumps(alter(json.loads(lines[4]))).encode()
    found = check(lines, keys(home))
    assert not found.ok
    assert found.wrong[0].startswith("line 5:")


def test_a_cut_export_and_a_foreign_key_prove_nothing(home, tmp_path):
    lines = taken("source=gate", "proved").splitlines()
    assert "cut" in " ".join(check(lines[:-1], keys(home)).wrong)
    other = LogPlaces(tmp_path / "other")
    (other.home / "keys").mkdir(parents=True)
    assert not check(lines, [log_keys.make(other).verifier]).ok
    assert check(lines[-1:], keys(home)).records == 0


def test_records_of_one_log_are_not_told_as_those_of_another(home):
    lines = taken("source=gate", "proved").splitlines()
    notes = json.loads(lines[-1])["checkpoints"]
    renamed = [json.dumps(json.loads(line) | {"log": "own"}).encode() for line in lines[:-1]]
    both = {key.name: at.name or "own" for at, key in zip(LogPlaces.all(home), keys(home), strict=True)}
    swapped = [*renamed, json.dumps({"checkpoints": {"own": notes["intake"]}}).encode()]
    assert check(swapped, keys(home)).origins["own"] == notes["intake"].partition("\n")[0], "who reads it can tell"
    found = check(swapped, keys(home), both)
    assert not found.ok and "called the log own is intake" in found.wrong[0]
    doubled = [*lines[:-1], json.dumps({"checkpoints": {"own": notes["intake"], "intake": notes["intake"]}}).encode()]
    assert not check(doubled, keys(home)).ok
    assert check(lines, keys(home), both).ok


def test_an_export_that_found_nothing_is_whole(home):
    found = check(taken("type=nothing.such", "proved").splitlines(), keys(home))
    assert (found.ok, found.records, set(found.sizes)) == (True, 0, {"own", "intake"})


def test_no_cell_begins_as_a_formula_does():
    for sign in "=+-@＝＋－＠":
        assert exports._plain(f"{sign}1+1") == f"'{sign}1+1"
    for sign in "\t\r\n":
        assert exports._plain(exports._text(f"{sign}=1")) == f"{sign!r}"[1:-1] + "=1"
    assert exports._plain("1=1") == "1=1"


def test_every_proof_is_that_of_the_log(home):
    log = Indexes(home).logs["intake"]
    prover = exports.Prover(log)
    for index in (0, 1, 255, 256, 511, 512, 600, 699):
        assert prover.proof(index) == log.reader.inclusion_proof(index, 700)


def test_csv_holds_no_formula_and_every_record(home):
    text = taken("", "csv").decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert len(rows) == 702
    assert [row["object"] for row in rows if row["type"] == "account.created"] == ["'=1+1"]
    assert not [cell for row in rows for cell in row.values() if cell.startswith(("=", "+", "-", "@"))]


def test_xlsx_holds_text_alone(home):
    import openpyxl

    sheet = openpyxl.load_workbook(io.BytesIO(taken("kind=event", "xlsx"))).active
    rows = list(sheet.iter_rows(values_only=True))
    assert rows[0] == exports.COLUMNS
    assert len(rows) == 3
    [made] = [row for row in sheet.iter_rows(min_row=2) if row[2].value == "account.created"]
    assert (made[7].value, made[7].data_type) == ("=1+1", "s")


def test_ndjson_is_what_search_prints(home):
    lines = [json.loads(line) for line in taken("type=signin.* source=交易主機", "ndjson").splitlines()]
    assert lines and {line["source"] for line in lines} == {"交易主機"}
    assert lines[0]["log"] == "intake"


def test_an_export_is_an_event_and_an_unknown_shape_a_fault(home):
    with pytest.raises(Fault, match="FH-LOG-35"):
        export(parse(""), "pdf", by=KEEPER, now=NOW)
    taken("who=A123456789", "csv")
    deliver(NOW)
    [(_index, told)] = events("log.exported")
    assert told.detail == {"filters": ["who"], "format": "csv"}


def test_a_page_gives_the_file(home, client_as):
    answer = client_as("carol").get("/log/export/", {"q": "type=account.*", "as": "csv"})
    assert answer["Content-Disposition"] == 'attachment; filename="fanghu-log.csv"'
    assert b"account.created" in b"".join(answer.streaming_content)
    assert client_as("carol").get("/log/export/", {"as": "exe"}).status_code == 400
    assert client_as("dave").get("/log/export/", {"as": "csv"}).status_code == 403


def test_a_search_is_kept_under_a_name_and_is_ones_own(home, client_as):
    carol = client_as("carol")
    page = carol.post("/log/searches/", {"name": "失敗登入", "q": "type=signin.failed", "csrf": "x"}, follow=True)
    assert "失敗登入" in page.content.decode()
    assert "失敗登入" in carol.get("/log/").content.decode()
    assert "失敗登入" not in client_as("erin").get("/log/").content.decode()
    assert carol.post("/log/searches/", {"name": " "}).status_code == 400
    from fanghu.auditlog.models import SavedSearch

    saved = SavedSearch.objects.get()
    assert saved.asked == {"q": "type=signin.failed"}
    assert client_as("erin").post(f"/log/searches/{saved.pk}/remove/").status_code == 404
    carol.post(f"/log/searches/{saved.pk}/remove/")
    assert not SavedSearch.objects.exists()
    deliver(NOW)
    assert len(list(events("search.saved"))) == len(list(events("search.removed"))) == 1


def test_the_log_is_handed_out_by_its_tiles(home, client_as):
    from fanghu.tlog import publication

    carol = client_as("carol")
    log = Indexes(home).logs["intake"]
    for path in publication.paths(700):
        answer = carol.get(f"/log/tlog/intake/{path}")
        assert answer.status_code == 200
        assert answer.content == publication.resource(log.reader, path)
    assert carol.get("/log/tlog/own/checkpoint").content == current_checkpoint().note
    for path in (
        "intake/tile/0/999",
        "intake/tile/entries/../checkpoint",
        "nothing/checkpoint",
        "/checkpoint",
        "intake",
        "intake/",
    ):
        assert carol.get(f"/log/tlog/{path}").status_code == 404
    assert client_as("alice").get("/log/tlog/intake/checkpoint").status_code == 403
    deliver(NOW)
    assert {told.object for _index, told in events("log.served")} > {"intake/checkpoint", "own/checkpoint"}


def test_the_other_log_is_verified_and_its_damage_shown(home, client_as):
    from fanghu.auditlog.jobs import verify_daily
    from fanghu.auditlog.reading import other_logs

    page = client_as("carol").get("/log/").content.decode()
    assert "intake" in page
    assert verify_daily(NOW) is True
    [other] = other_logs()
    assert (other.verified_ok, other.verified_size) == (True, 700)
    [segment] = (home / "logs" / "intake" / "frames").glob("*.blocks")
    data = bytearray(segment.read_bytes())
    data[len(data) // 2] ^= 1
    segment.write_bytes(data)
    assert verify_daily(NOW) is False
    [other] = other_logs()
    assert other.verified_ok is False and "FH-TLG" in other.finding
    assert "FH-TLG" in client_as("carol").get("/log/").content.decode()


def test_a_log_put_back_to_an_older_copy_is_found(home, tmp_path):
    import shutil

    from fanghu.auditlog.jobs import verify_daily

    shutil.copytree(home / "logs" / "intake", tmp_path / "older")
    take_in(home, 50, seed=5)
    assert verify_daily(NOW) is True
    shutil.rmtree(home / "logs" / "intake")
    shutil.move(tmp_path / "older", home / "logs" / "intake")
    assert verify_daily(NOW) is False


def test_on_the_command_line(home, tmp_path, capsys, monkeypatch):
    from fanghu.cli.__main__ import main

    monkeypatch.setenv("FANGHU_HOME", str(home))
    out = tmp_path / "proved.ndjson"
    out.write_bytes(taken("", "proved"))
    assert main(["log", "verify-export", str(out)]) == Exit.YES
    assert "702 records are proved" in capsys.readouterr().out
    out.write_bytes(out.read_bytes().replace(b'"signin.failed"', b'"signin.faked!"', 1))
    assert main(["log", "verify-export", str(out), "--key", str(LogPlaces(home, "intake").public_key)]) == Exit.NO
    assert main(["log", "verify-export", str(tmp_path / "none")]) == Exit.CANNOT
    capsys.readouterr()
    assert main(["log", "prove", "--log", "intake", "699"]) == Exit.YES
    assert json.loads(capsys.readouterr().out)["size"] == 700
    record = next(Indexes(home).logs["intake"].records(33, 34))
    assert main(["log", "prove", record.id]) == Exit.YES
    assert json.loads(capsys.readouterr().out)["index"] == 33
    assert main(["log", "prove", "--log", "nothing", "1"]) == Exit.USAGE
    assert main(["log", "verify"]) == Exit.USAGE
    capsys.readouterr()
    assert main(["log", "verify", "--all", "--format", "json"]) == Exit.YES
    assert [json.loads(line)["size"] for line in capsys.readouterr().out.splitlines()] == [
        current_checkpoint().size,
        700,
    ]
    tail = home / "logs" / "intake" / "frames" / "tail"
    whole = tail.read_bytes()
    tail.write_bytes(whole[:-9] + bytes(9))
    assert main(["log", "verify", "--all"]) == Exit.NO
    tail.write_bytes(whole)
    capsys.readouterr()
    assert main(["log", "rebuild-index"]) == Exit.YES
    assert "705 entries indexed" in capsys.readouterr().out  # the export and the two proofs among them
