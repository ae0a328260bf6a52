"""Records as files: CSV, XLSX, NDJSON, and NDJSON in which every record is proved to stand in its log; no Django."""

from __future__ import annotations

import base64
import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Any

from fanghu.auditlog.record import OWN_LOG, LogRecord
from fanghu.auditlog.vault import SealedLog
from fanghu.auditlog.visible import visible, visible_json
from fanghu.tlog import merkle
from fanghu.tlog.checkpoint import Checkpoint
from fanghu.tlog.tiles import WIDTH

MOST = 100_000
"""Records of one export."""

FORMATS = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "ndjson": "application/x-ndjson",
    "proved": "application/x-ndjson",
}
"""Each way to export and its content type."""

COLUMNS = (
    "time", "source", "type", "outcome", "who", "where", "host", "object", "n", "received_at", "assumed", "raw", "log", "index", "id",
)  # fmt: skip
_FORMULA = (
    "=",
    "+",
    "-",
    "@",
    "＝",
    "＋",
    "－",
    "＠",
)  # full-width ones too, where people write Chinese
_CELL = 32_767  # characters that a spreadsheet's cell takes
_PIECE = 500


class Newest:
    """The first ``most`` of some records; afterwards ``note`` says in both languages that there are more, "" if not."""

    def __init__(self, records: Iterable[LogRecord], most: int) -> None:
        self._records, self._most, self.note = iter(records), most, ""

    def __iter__(self) -> Iterator[LogRecord]:
        yield from islice(self._records, self._most)
        if next(self._records, None) is not None:
            self.note = (
                f"本檔僅含最新 {self._most:,} 筆，另有其他相符紀錄；請縮小範圍後再匯出。"
                f"Only the newest {self._most:,} records; more match. Narrow the search and export again."
            )


def written(
    shape: str, records: Iterable[LogRecord], logs: Mapping[str, SealedLog], scratch: Path, most: int = MOST
) -> Iterator[bytes]:
    """The export of ``most`` records piece by piece, at its end that there are more if so; ``scratch`` is for XLSX, which
    cannot be written as it goes.
    """
    newest = Newest(records, most)
    if shape == "csv":
        yield from _csv(newest)
    elif shape == "xlsx":
        yield from _xlsx(newest, scratch)
    elif shape == "proved":
        yield from _proved(newest, logs)
    else:
        yield from (_line(record.as_json()) for record in newest)
        if newest.note:
            yield _line({"more": newest.note})


def file_name(shape: str) -> str:
    """What a downloaded export is called."""
    return "fanghu-log-proved.ndjson" if shape == "proved" else f"fanghu-log.{shape}"


def _csv(records: Newest) -> Iterator[bytes]:
    out = io.StringIO()
    table = csv.writer(out)
    table.writerow(COLUMNS)
    yield "\ufeff".encode()  # spreadsheets take it for another encoding without
    for number, record in enumerate(records, 1):
        table.writerow([_plain(cell) for cell in _cells(record)])
        if number % _PIECE == 0:
            yield out.getvalue().encode()
            out.seek(0)
            out.truncate()
    if records.note:
        table.writerow([records.note])
    yield out.getvalue().encode()


def _xlsx(records: Newest, scratch: Path) -> Iterator[bytes]:
    import tempfile

    import xlsxwriter

    with tempfile.TemporaryDirectory(dir=scratch) as folder:
        path = Path(folder) / "log.xlsx"
        options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "tmpdir": folder}
        with xlsxwriter.Workbook(str(path), options) as book:
            sheet = book.add_worksheet("log")
            sheet.freeze_panes(1, 0)
            sheet.write_row(0, 0, COLUMNS)
            number = 0
            for number, record in enumerate(records, 1):
                for column, cell in enumerate(_cells(record)):
                    sheet.write_string(number, column, cell[:_CELL])
            if records.note:
                sheet.write_string(number + 1, 0, records.note)
        with path.open("rb") as file:
            while piece := file.read(1 << 16):
                yield piece


def _proved(records: Newest, logs: Mapping[str, SealedLog]) -> Iterator[bytes]:
    """Each record with its entry, leaf hash and proof; the last line holds the checkpoints that they lead to.

    Where nothing was found it holds those of every log looked through, so that the file is seen to be whole.
    """
    provers = {name: Prover(log) for name, log in logs.items()}
    used: dict[str, str] = {}
    for record in records:
        prover = provers[record.log]
        used[record.log or OWN_LOG] = prover.checkpoint.note.decode()
        yield _line(record.as_json() | {
            "leaf_hash": merkle.leaf_hash(record.entry.data).hex(),
            "proof": [node.hex() for node in prover.proof(record.index)],
            "entry": base64.b64encode(record.entry.data).decode(),
        })  # fmt: skip
    if not used:
        used = {name or OWN_LOG: log.checkpoint.note.decode() for name, log in logs.items()}
    yield _line({"checkpoints": used} | ({"more": records.note} if records.note else {}))


class Prover:
    """Inclusion proofs of one log as it was sealed when this was made; nodes that many proofs share are read once."""

    def __init__(self, log: SealedLog) -> None:
        self.checkpoint: Checkpoint = log.checkpoint
        self._reader = log.reader
        self._subtree = lru_cache(maxsize=20_000)(log.reader.subtree)
        self._leaves = lru_cache(maxsize=8)(self._leaves_of)

    def proof(self, index: int) -> list[bytes]:
        """The audit path of one entry."""
        return merkle.inclusion_proof(index, self.checkpoint.size, self._node)

    def _node(self, lo: int, hi: int) -> bytes:
        width = hi - lo
        if width >= WIDTH or width & (width - 1):
            return self._subtree(lo, hi)
        leaves = self._leaves(lo // WIDTH)
        return merkle.fold(leaves[lo % WIDTH : lo % WIDTH + width])

    def _leaves_of(self, block: int) -> list[bytes]:
        first = block * WIDTH
        stop = min(first + WIDTH, self.checkpoint.size)
        return merkle.leaf_hashes([entry.data for _index, entry in self._reader.entries(first, stop)])


def _cells(record: LogRecord) -> list[str]:
    shown = record.as_json()
    return [_text(shown.get(name, "")) for name in COLUMNS]


def _text(value: Any) -> str:
    return visible(", ".join(map(str, value)) if isinstance(value, list) else str(value))


def _plain(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


def _line(what: Mapping[str, Any]) -> bytes:
    return visible_json(what).encode() + b"\n"
