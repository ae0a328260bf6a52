"""What an import would do, and every bad row by line, column and reason."""

from datetime import date

import pytest

from fanghu.faults import Fault
from fanghu.register.plan import make_plan
from fanghu.register.sheet import read_sheet
from tests.register.files import csv_file

TODAY = date(2026, 11, 22)
OFFICE = {
    "slug": "mail",
    "name": "郵件",
    "kind": "office",
    "is_core": True,
    "not_core_reason": "",
    "retired_on": None,
    "owner": "",
}


def plan(rows, header=None, existing=(), table="systems", waiting=None, people=("E1",)):
    sheet = read_sheet("a.csv", csv_file(rows, header))
    key = "slug" if table == "systems" else "number"
    return make_plan(table, sheet, {record[key]: record for record in existing}, waiting or {}, people, TODAY)


def wrong(rows, header=None, **options):
    return [(found.line, found.column.split(" / ")[0], found.code) for found in plan(rows, header, **options).faults]


def test_chinese_and_english_headers_and_words_mean_the_same():
    zh = plan([["a", "甲", "報價", "是"]], ["代碼", "名稱", "類別", "核心"])
    en = plan([["a", "甲", "quotes", "yes"]], ["code", "name", "kind", "core"])
    assert zh.new == en.new
    assert not zh.faults + en.faults


def test_every_bad_row_is_named_by_line_column_and_reason():
    header = ["code", "name", "kind", "core", "reason not core", "owner", "retired on", "hosts", "holds personal data"]
    rows = [
        ["A B", "x", "quotes", "", "", "", "", "", ""],
        ["a", "", "quotes", "", "", "", "", "", ""],
        ["b", "x", "spaceship", "", "", "", "", "", ""],
        ["c", "x", "quotes", "no", "because", "", "", "", ""],
        ["d", "x", "office", "no", "", "", "", "", ""],
        ["e", "x", "office", "", "", "E9", "", "", ""],
        ["f", "x", "office", "", "", "", "116/1/1", "", ""],
        ["g", "x", "office", "", "", "", "115/13/1", "", ""],
        ["h", "x", "office", "", "", "", "", "a b;c/d", ""],
        ["i", "x", "office", "", "", "", "", "", "maybe"],
        ["k", "x", "office", "", "", "", "", "", ""],
        ["k", "x", "office", "", "", "", "", "", ""],
        ["fanghu", "x", "security", "no", "why not", "", "", "", ""],
    ]
    assert wrong(rows, header) == [
        (2, "代碼", "FH-REG-24"),
        (3, "名稱", "FH-REG-20"),
        (4, "類別", "FH-REG-22"),
        (5, "core", "FH-REG-28"),
        (6, "reason not core", "FH-REG-29"),
        (7, "owner", "FH-REG-27"),
        (8, "retired on", "FH-REG-34"),
        (9, "停用日期", "FH-REG-23"),
        (10, "主機", "FH-REG-35"),
        (11, "保有個人資料", "FH-REG-21"),
        (13, "code", "FH-REG-26"),
        (14, "core", "FH-REG-31"),
    ]


def test_both_languages_say_why():
    found = plan([["c", "x", "maybe"]], ["code", "name", "kind"]).faults[0]
    assert "maybe" in found.en
    assert "maybe" in found.zh_hant
    assert "交易" in found.zh_hant


@pytest.mark.parametrize(
    ("header", "code"),
    [
        (["code", "name", "kind", "colour"], "FH-REG-13"),
        (["code", "name"], "FH-REG-14"),
        (["code", "代碼", "name", "kind"], "FH-REG-15"),
    ],
)
def test_wrong_headers(header, code):
    with pytest.raises(Fault) as caught:
        plan([["x"] * len(header)], header)
    assert caught.value.code == code


def test_a_new_system_that_is_to_be_non_core_is_registered_as_core_and_waits():
    got = plan([["mail", "郵件", "office", "no", "不涉交易"]], ["code", "name", "kind", "core", "reason not core"])
    assert got.new[0]["is_core"] is True
    assert got.waiting == {"mail": {"is_core": [True, False], "not_core_reason": ["", "不涉交易"]}}


def test_roc_dates_and_what_already_waits():
    header = ["code", "name", "kind", "retired on"]
    row = [["mail", "郵件", "office", "115/11/20"]]
    change = {"retired_on": [None, date(2026, 11, 20)]}
    assert plan(row, header, existing=[OFFICE]).waiting == {"mail": change}
    again = plan(row, header, existing=[OFFICE], waiting={"mail": [change]})
    assert (again.empty, again.unchanged, again.asked) == (True, 1, 1)


def test_absent_columns_leave_values_and_the_digest_tells_plans_apart():
    same = plan([["mail", "郵件", "office"]], ["code", "name", "kind"], existing=[{**OFFICE, "hosts": ["h"]}])
    assert (same.empty, same.unchanged) == (True, 1)
    other = plan([["mail", "信件", "office"]], ["code", "name", "kind"], existing=[OFFICE])
    assert other.changed == {"mail": {"name": ["郵件", "信件"]}}
    assert other.digest != same.digest


def test_people_with_roc_dates():
    header = ["人員編號", "姓名", "到職日", "離職日", "電子郵件"]
    good = plan([["E1", "王小明", "民國98年3月1日", "", "a@b.tw"]], header, table="people")
    assert good.new[0]["employed_from"] == date(2009, 3, 1)
    assert wrong([["E1", "王", "115/1/2", "115/1/1", ""], ["E2", "李", "", "", "no"]], header, table="people") == [
        (2, "離職日", "FH-REG-32"),
        (3, "電子郵件", "FH-REG-30"),
    ]
