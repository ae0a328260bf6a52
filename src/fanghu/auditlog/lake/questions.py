"""Questions to the parts of one lake: DuckDB with little memory, that may read nothing but the lake."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fanghu.auditlog.lake.columns import mark_of
from fanghu.auditlog.query import Query

if TYPE_CHECKING:
    import duckdb

MEMORY = "256MB"
SPILLED = "2GB"
WINDOW = 10_000
_opened: dict[tuple[int, str], Engine] = {}
_opening = threading.Lock()


class Engine:
    """One DuckDB in memory, with the folders under ``root`` as all it may open."""

    def __init__(self, root: Path) -> None:
        self.root = root

    @cached_property
    def _base(self) -> duckdb.DuckDBPyConnection:
        import duckdb

        scratch = self.root / ".spilled"
        scratch.mkdir(mode=0o700, parents=True, exist_ok=True)
        base = duckdb.connect(":memory:", config={
            "memory_limit": MEMORY, "threads": 2, "temp_directory": str(scratch), "max_temp_directory_size": SPILLED,
            "autoinstall_known_extensions": False, "autoload_known_extensions": False,
            "allow_community_extensions": False,
        })  # fmt: skip
        folder = str(self.root).replace("'", "''")
        base.execute(f"SET allowed_directories = ['{folder}/']")
        base.execute("SET enable_external_access = false")
        base.execute("SET parquet_metadata_cache = true")
        base.execute("SET lock_configuration = true")
        return base

    def ask(self, sql: str, values: Sequence[Any]) -> Iterator[tuple[Any, ...]]:
        """The rows of one question, a window of them in memory at a time."""
        with _opening:
            cursor = self._base.cursor()
        try:
            cursor.execute(sql, list(values))
            while rows := cursor.fetchmany(WINDOW):
                yield from rows
        finally:
            cursor.close()


def engine(root: Path) -> Engine:
    """This process's engine over ``root``."""
    key = (os.getpid(), str(root))
    with _opening:
        return _opened.setdefault(key, Engine(root))


def where(query: Query) -> tuple[str, list[Any]]:
    """The condition over a part's columns and its values; free words are the log's to answer."""
    said: list[str] = []
    values: list[Any] = []
    for asked, how in ((query.filters, "({})"), (query.without, "NOT ({})")):
        for column, wanted in asked.items():
            either = [_compared(column, value) for value in wanted]
            said.append(how.format(" OR ".join(condition for condition, _value in either)))
            values += [value for _condition, value in either]
    for at, comparison in ((query.since, '"at" >= ?'), (query.until, '"at" < ?')):
        if at is not None:
            said.append(comparison)
            values.append(int(at.timestamp() * 1000))
    if query.only is not None:
        said.append(f'"source" IN ({",".join("?" * len(query.only))})' if query.only else "false")
        values += sorted(query.only)
    return " AND ".join(said) or "true", values


def _compared(column: str, value: str) -> tuple[str, Any]:
    if column == "id":
        return "mark = ?", _mark(value)
    if "*" in value:
        plain = value.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        return f"\"{column}\" LIKE ? ESCAPE '\\'", plain.replace("*", "%")
    return f'"{column}" = ?', value


def _mark(id_: str) -> int:
    try:
        return mark_of(bytes.fromhex(id_))
    except ValueError:
        return -1
