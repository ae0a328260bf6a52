"""An .xlsx workbook that may be hostile, read with every limit checked before it is unpacked."""

from __future__ import annotations

import io
import zipfile
from datetime import date, datetime, time
from typing import Any

from openpyxl import load_workbook
from openpyxl.utils import get_column_letter

from fanghu.faults import Fault
from fanghu.register.problems import CellFault, fault
from fanghu.register.sheet import MAX_COLUMNS, MAX_ROWS, Sheet, SheetRow

MAX_UNPACKED = 50 * 1024 * 1024
MAX_ENTRIES = 1_000
MAX_RATIO = 200
RATIO_FROM = 1024 * 1024
MAX_LINES = 4 * MAX_ROWS
ACTIVE = ("vbaproject", "activex", "/embeddings/", "macrosheets", "dialogsheets", "customui")
MACRO_TYPES = b"macroEnabled"


def read_workbook(content: bytes) -> Sheet:
    """Read the first sheet; Fault FH-REG-03, 07 … 11. Formulas and error values are faults of their cell."""
    check_container(content)
    try:
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=False, keep_links=False)
        try:
            return _first_sheet(book)
        finally:
            book.close()
    except Fault:
        raise
    except Exception as error:
        raise fault("FH-REG-09") from error


def check_container(content: bytes) -> None:
    """Look at the zip's table of contents before anything is unpacked; zipfile never inflates past a declared size."""
    try:
        container = zipfile.ZipFile(io.BytesIO(content))
        entries = container.infolist()
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError):
        raise fault("FH-REG-09") from None
    with container:
        unpacked = sum(entry.file_size for entry in entries)
        bloated = any(
            entry.file_size > RATIO_FROM and entry.file_size > MAX_RATIO * max(1, entry.compress_size)
            for entry in entries
        )
        names = [entry.filename.lower() for entry in entries]
        if len(entries) > MAX_ENTRIES or unpacked > MAX_UNPACKED or bloated or len(set(names)) != len(names):
            raise fault("FH-REG-10")
        if any(mark in name for name in names for mark in ACTIVE):
            raise fault("FH-REG-08")
        if any("externallinks/" in name or name.endswith("connections.xml") for name in names):
            raise fault("FH-REG-11")
        try:
            types = container.read("[Content_Types].xml")
        except (KeyError, RuntimeError, zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
            raise fault("FH-REG-09") from None
        except Exception as error:
            raise fault("FH-REG-09") from error
        if MACRO_TYPES.lower() in types.lower():
            raise fault("FH-REG-08")


def _first_sheet(book: Any) -> Sheet:
    page = book.worksheets[0]
    page.reset_dimensions()
    sheet = Sheet([], [], str(page.title))
    for line, row in enumerate(page.iter_rows(max_col=MAX_COLUMNS + 1), start=1):
        if line > MAX_LINES or len(sheet.rows) > MAX_ROWS:
            raise fault("FH-REG-07", limit=MAX_ROWS)
        cells: list[str] = []
        wrong: list[int] = []
        for index, cell in enumerate(row):
            if cell.value is not None and cell.data_type in ("f", "e"):
                wrong.append(index)
                cells.append("")
            else:
                cells.append(as_text(cell.value))
        if not wrong and not any(cell.strip() for cell in cells):
            continue
        while cells and not cells[-1].strip() and len(cells) - 1 not in wrong:
            cells.pop()
        if len(cells) > MAX_COLUMNS:
            raise fault("FH-REG-13", name=cells[MAX_COLUMNS])
        for index in wrong:
            name = sheet.header[index] if index < len(sheet.header) else get_column_letter(index + 1)
            where = CellFault("FH-REG-12", cell=f"{get_column_letter(index + 1)}{line}")
            sheet.faults.append(where.at(line, name))
        if not sheet.header:
            sheet.header, sheet.header_line = cells, line
            continue
        if len(cells) > len(sheet.header):
            excess = CellFault("FH-REG-06", seen=len(cells), wanted=len(sheet.header))
            sheet.faults.append(excess.at(line, ""))
        cells.extend([""] * (len(sheet.header) - len(cells)))
        sheet.rows.append(SheetRow(line, cells))
    if len(sheet.rows) > MAX_ROWS:
        raise fault("FH-REG-07", limit=MAX_ROWS)
    return sheet


def as_text(value: Any) -> str:
    """A cell's value as the text that CSV would hold: whole numbers without ``.0``, dates ISO 8601."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time(0) else value.isoformat(" ")
    return value.isoformat() if isinstance(value, date) else str(value)
