"""Files as people and attackers make them."""

from __future__ import annotations

import io
import zipfile

import xlsxwriter

HEADER = ["代碼", "名稱", "類別", "核心", "非核心理由"]
ROWS = [["order", "下單系統", "交易", "是", ""], ["mail", "郵件系統許功蓋", "辦公與行政", "否", "不涉交易"]]


def csv_file(rows=None, header=None, encoding="utf-8-sig"):
    lines = [",".join(line) for line in [header or HEADER, *(ROWS if rows is None else rows)]]
    return ("\r\n".join(lines) + "\r\n").encode(encoding)


def workbook(rows=None, header=None, formulas=()):
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, {"strings_to_formulas": False}) as book:
        page = book.add_worksheet("systems")
        for line, row in enumerate([header or HEADER, *(ROWS if rows is None else rows)]):
            for index, cell in enumerate(row):
                page.write(line, index, cell)
        for cell, formula in formulas:
            page.write_formula(cell, formula)
    return target.getvalue()


def with_part(content, name, part, compression=zipfile.ZIP_DEFLATED):
    target = io.BytesIO(content)
    with zipfile.ZipFile(target, "a", compression) as container:
        container.writestr(name, part)
    return target.getvalue()


def without_part(content, name, part=None):
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for item in old.namelist():
            if item != name:
                new.writestr(item, old.read(item))
            elif part is not None:
                new.writestr(item, part)
    return target.getvalue()
