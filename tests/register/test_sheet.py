"""Hostile and honest files, read to rows."""

import io
import zipfile

import pytest

from fanghu.faults import Fault
from fanghu.register.sheet import MAX_BYTES, read_sheet
from tests.register.files import HEADER, ROWS, csv_file, with_part, without_part, workbook


def refused(name, content):
    with pytest.raises(Fault) as caught:
        read_sheet(name, content)
    return caught.value.code


@pytest.mark.parametrize(
    ("encoding", "shown"), [("utf-8-sig", "UTF-8"), ("utf-8", "UTF-8"), ("cp950", "Big5"), ("utf-16", "UTF-16")]
)
def test_csv_as_taiwan_s_excel_writes_it(encoding, shown):
    sheet = read_sheet("systems.csv", csv_file(encoding=encoding))
    assert (sheet.header, [row.cells for row in sheet.rows], sheet.read_as) == (HEADER, ROWS, shown)


def test_a_workbook_reads_like_a_csv():
    sheet = read_sheet("systems.xlsx", workbook())
    assert (sheet.header, [row.cells for row in sheet.rows]) == (HEADER, ROWS)


def test_lines_are_those_of_the_file_across_blank_lines_and_line_breaks_in_cells():
    sheet = read_sheet("a.csv", '代碼,名稱\n\n"a","two\nlines"\nb,B\n'.encode())
    assert [row.line for row in sheet.rows] == [3, 5]


def test_csv_faults():
    assert refused("a.csv", b"code,name\n\xff\xff,\xfe\n") == "FH-REG-04"
    assert refused("a.csv", b"code,name\na\x00b,c\n") == "FH-REG-05"
    assert refused("a.csv", b"") == "FH-REG-03"
    assert refused("a.csv", "代碼,名稱\n".encode()) == "FH-REG-03"
    assert refused("a.csv", b'code,name\n"a,b\n') == "FH-REG-17"
    assert refused("a.csv", b"code,name\n" + b"x" * 200_000 + b",y\n") == "FH-REG-25"
    assert refused("a.csv", b"a,b\n" + b"c,d\n" * 5_001) == "FH-REG-07"
    assert refused("a.csv", b"a,b\n" + b"c" * MAX_BYTES) == "FH-REG-02"
    assert refused("a.pdf", b"%PDF") == "FH-REG-01"
    assert refused("a.csv", workbook()) in {"FH-REG-04", "FH-REG-05"}


def test_a_row_with_another_number_of_cells_is_named():
    sheet = read_sheet("a.csv", b"a,b\n1,2\n1,2,3\n")
    assert [(wrong.line, wrong.code) for wrong in sheet.faults] == [(3, "FH-REG-06")]


def test_formula_cells_are_refused_by_their_address():
    sheet = read_sheet("a.xlsx", workbook(formulas=[("B3", "=1+1"), ("A2", "=cmd|' /C calc'!A0")]))
    assert [(wrong.line, wrong.column, wrong.code) for wrong in sheet.faults] == [
        (2, "代碼", "FH-REG-12"),
        (3, "名稱", "FH-REG-12"),
    ]
    assert "B3" in sheet.faults[1].zh_hant


def test_macro_workbooks_are_refused_under_any_name():
    assert refused("a.xlsm", workbook()) == "FH-REG-08"
    assert refused("a.xlsx", with_part(workbook(), "xl/vbaProject.bin", b"\xd0\xcf")) == "FH-REG-08"
    types = b'<Types xmlns="x"><Override ContentType="application/vnd.ms-excel.sheet.macroEnabled.main+xml"/></Types>'
    assert refused("a.xlsx", without_part(workbook(), "[Content_Types].xml", types)) == "FH-REG-08"


def test_links_to_other_files_are_refused():
    assert refused("a.xlsx", with_part(workbook(), "xl/externalLinks/externalLink1.xml", b"<x/>")) == "FH-REG-11"


def test_zip_bombs_are_refused_before_they_unpack():
    assert refused("a.xlsx", with_part(workbook(), "xl/media/a.bin", b"\0" * 60_000_000)) == "FH-REG-10"
    assert refused("a.xlsx", with_part(workbook(), "xl/media/a.bin", b"\0" * 2_000_000)) == "FH-REG-10"
    target = io.BytesIO(workbook())
    with zipfile.ZipFile(target, "a") as container:
        for number in range(1_001):
            container.writestr(f"y/{number}", b"")
    assert refused("a.xlsx", target.getvalue()) == "FH-REG-10"


def test_entities_in_a_workbook_blow_up_nothing():
    bomb = b'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]><sst><si><t>&b;</t></si></sst>'
    assert refused("a.xlsx", without_part(workbook(), "xl/sharedStrings.xml", bomb)) == "FH-REG-09"


def test_damaged_workbooks_are_refused():
    whole = workbook()
    assert refused("a.xlsx", whole[: len(whole) // 2]) == "FH-REG-09"
    assert refused("a.xlsx", b"\xd0\xcf\x11\xe0 an old .xls") == "FH-REG-09"
    assert refused("a.xlsx", without_part(whole, "xl/workbook.xml")) == "FH-REG-09"
    assert refused("a.xlsx", without_part(whole, "[Content_Types].xml")) == "FH-REG-09"
    assert refused("a.xlsx", without_part(whole, "xl/worksheets/sheet1.xml", b"<worksheet><sheetData><row>")) in {
        "FH-REG-09",
        "FH-REG-03",
    }


def test_a_row_far_below_is_not_waited_for():
    far = (
        b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData><row r="1">'
        b'<c r="A1" t="inlineStr"><is><t>code</t></is></c></row><row r="1048576"><c r="A1048576" t="inlineStr"><is><t>x</t>'
        b"</is></c></row></sheetData></worksheet>"
    )
    assert refused("a.xlsx", without_part(workbook(), "xl/worksheets/sheet1.xml", far)) == "FH-REG-07"
