"""``fanghu register`` on the machine."""

import json

import pytest

from fanghu.cli.__main__ import main
from fanghu.register.models import System
from tests.register.files import csv_file, workbook


@pytest.fixture
def run(capsys, transactional_db, monkeypatch):
    def call(*arguments):
        code = main(["register", *map(str, arguments)])
        printed = capsys.readouterr()
        return code, printed.out, printed.err

    return call


def test_a_dry_run_saves_nothing_and_an_import_everything(run, tmp_path):
    path = tmp_path / "s.xlsx"
    path.write_bytes(workbook())
    code, out, _err = run("import", path, "--kind", "systems", "--dry-run", "--format", "json")
    assert (code, json.loads(out)["new"], json.loads(out)["saved"]) == (0, 2, False)
    assert not System.objects.exists()
    code, out, _err = run("import", path, "--kind", "systems", "--format", "json")
    assert (code, json.loads(out)["saved"], json.loads(out)["waiting"]) == (0, True, 1)
    assert System.objects.get(slug="mail").is_core is True
    assert "nothing to change" in run("import", path, "--kind", "systems")[1]
    out_path = tmp_path / "out.csv"
    assert run("export", out_path, "--kind", "systems")[0] == 0
    assert "代碼" in out_path.read_text("utf-8-sig")
    code, _out, err = run("export", out_path, "--kind", "systems")
    assert (code, "FH-REG-16" in err) == (2, True)


def test_bad_rows_are_named_and_the_answer_is_no(run, tmp_path):
    path = tmp_path / "s.csv"
    path.write_bytes(csv_file([["x", "名", "太空船", "", ""]]))
    code, out, err = run("import", path, "--kind", "systems")
    assert code == 1
    assert "line 2" in err
    assert "FH-REG-22" in err
    assert "Nothing was saved" in out


def test_what_cannot_be_read_is_one_sentence(run, tmp_path):
    assert run("import", tmp_path / "none.csv", "--kind", "systems")[0] == 2
    assert "FH-REG-16" in run("import", tmp_path, "--kind", "systems")[2]
    big = tmp_path / "big.csv"
    with big.open("wb") as target:
        target.truncate(2 * 1024**3)
    code, _out, err = run("import", big, "--kind", "systems")
    assert (code, "FH-REG-02" in err) == (2, True)
