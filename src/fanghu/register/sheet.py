"""A table read from a CSV or XLSX file that may be hostile: header and rows of plain text; pure."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass, field
from pathlib import PurePath

from fanghu.register.problems import CellFault, RowFault, fault

MAX_BYTES = 5 * 1024 * 1024
MAX_ROWS = 5_000
MAX_COLUMNS = 100
MAX_CELL = 4_000


@dataclass(frozen=True, slots=True)
class SheetRow:
    """One row: its line in the file (the header is line 1 unless blank lines stand above it) and its cells' text."""

    line: int
    cells: list[str]


@dataclass(slots=True)
class Sheet:
    """Header, rows, what was wrong with single cells, how the file was read (``UTF-8``, ``Big5``, sheet name).

    ``guarded`` where a leading ' may stand against formulas, as our CSV exports write it.
    """

    header: list[str]
    rows: list[SheetRow]
    read_as: str
    faults: list[RowFault] = field(default_factory=list)
    header_line: int = 1
    guarded: bool = False


def read_sheet(name: str, content: bytes, *, least_rows: int = 1) -> Sheet:
    """Read ``content`` by its name's ending (.csv, .txt, .xlsx); Fault FH-REG-01 … 17.

    With fewer than ``least_rows`` below the header it is refused as empty; a plain list has no header and needs none.
    """
    ending = PurePath(name).suffix.lower()
    if len(content) > MAX_BYTES:
        raise fault("FH-REG-02", limit=MAX_BYTES // 1024 // 1024)
    if ending in (".xlsm", ".xltm", ".xlsb", ".xlam"):
        raise fault("FH-REG-08")
    if ending == ".xlsx":
        from fanghu.register.workbook import read_workbook

        return _checked(read_workbook(content), least_rows)
    if ending in (".csv", ".txt"):
        return _checked(read_csv(content), least_rows)
    raise fault("FH-REG-01")


def decoded(content: bytes) -> tuple[str, str]:
    """Text and encoding's name: UTF-8 with or without BOM, UTF-16 with BOM, else Big5 as Windows writes it (cp950)."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        attempts = [("utf-16", "UTF-16")]
    elif b"\x00" in content:
        raise fault("FH-REG-05")
    elif content.startswith(b"PK\x03\x04"):
        raise fault("FH-REG-04")
    else:
        attempts = [("utf-8-sig", "UTF-8"), ("cp950", "Big5"), ("big5hkscs", "Big5")]
    for codec, shown in attempts:
        try:
            text = content.decode(codec)
        except UnicodeDecodeError:
            continue
        if "\x00" in text:
            raise fault("FH-REG-05")
        return text, shown
    raise fault("FH-REG-04")


def read_csv(content: bytes) -> Sheet:
    """Read comma-, semicolon- or tab-separated text."""
    text, read_as = decoded(content)
    first = next((line for line in text.splitlines() if line.strip()), "")
    delimiter = max(",;\t", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    sheet = Sheet([], [], read_as, guarded=True)
    before = 0
    try:
        for cells in reader:
            line, before = before + 1, reader.line_num
            if not any(cell.strip() for cell in cells):
                continue
            if not sheet.header:
                sheet.header, sheet.header_line = cells, line
                continue
            if len(sheet.rows) >= MAX_ROWS:
                raise fault("FH-REG-07", limit=MAX_ROWS)
            if len(cells) != len(sheet.header):
                wrong = CellFault("FH-REG-06", seen=len(cells), wanted=len(sheet.header))
                sheet.faults.append(wrong.at(line, ""))
            sheet.rows.append(SheetRow(line, cells))
    except csv.Error as error:
        if "field larger" in str(error):
            raise fault("FH-REG-25", limit=MAX_CELL) from None
        raise fault("FH-REG-17") from None
    return sheet


def _checked(sheet: Sheet, least_rows: int) -> Sheet:
    """Refuse empty tables; name over-long cells; trim the header."""
    while sheet.header and not sheet.header[-1].strip():
        sheet.header.pop()
    if not sheet.header or len(sheet.rows) < least_rows:
        raise fault("FH-REG-03")
    for row in sheet.rows:
        while len(row.cells) > len(sheet.header) and not row.cells[-1].strip():
            row.cells.pop()
        for index, cell in enumerate(row.cells):
            if len(cell) > MAX_CELL:
                name = sheet.header[index] if index < len(sheet.header) else ""
                sheet.faults.append(CellFault("FH-REG-25", limit=MAX_CELL).at(row.line, name))
                row.cells[index] = ""
    return sheet
