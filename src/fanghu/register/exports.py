"""Exports of the register that read back unchanged: CSV (UTF-8 with BOM) and XLSX, no cell ever a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

import xlsxwriter

from fanghu.register.cells import guarded, written
from fanghu.register.collectors import existing_records
from fanghu.register.columns import TABLES, Table
from fanghu.register.plan import Record


def rows_of(table: Table, records: Sequence[Record], zh: bool) -> list[list[str]]:
    """Header and rows as text, in the language's words."""
    columns = TABLES[table]
    header = [column.header(zh) for column in columns]
    return [header, *([written(record.get(item.key), item.words, zh) for item in columns] for record in records)]


def all_records(table: Table) -> list[Record]:
    """Every record of a table in the order of its key."""
    return [record for _key, record in sorted(existing_records(table).items())]


def as_csv(table: Table, records: Sequence[Record], zh: bool) -> bytes:
    """CSV; a cell that a spreadsheet could read as a formula begins with '."""
    target = io.StringIO(newline="")
    writer = csv.writer(target)
    for row in rows_of(table, records, zh):
        writer.writerow([guarded(cell) for cell in row])
    return target.getvalue().encode("utf-8-sig")


def as_xlsx(table: Table, records: Sequence[Record], zh: bool) -> bytes:
    """A workbook of one sheet; every cell is text."""
    target = io.BytesIO()
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "in_memory": True}
    with xlsxwriter.Workbook(target, options) as book:
        bold = book.add_format({"bold": True})
        text = book.add_format({"num_format": "@"})
        page = book.add_worksheet(table)
        for line, row in enumerate(rows_of(table, records, zh)):
            for index, cell in enumerate(row):
                page.write_string(line, index, cell, text if line else bold)
        page.freeze_panes(1, 1)
        page.set_column(0, len(TABLES[table]) - 1, 18)
    return target.getvalue()
