"""Lines of JSON of one look, read by Arrow: half the work of decoding each, and Python's lock is free meanwhile.

What Arrow and msgspec read otherwise is not given to it: escapes beyond ASCII, and objects within objects without end.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import TYPE_CHECKING

from fanghu.auditlog.lake.looks import WAYS, Look, Path, paths_of
from fanghu.auditlog.parsers.ndjson import TIMES
from fanghu.tlog.loops import BEYOND_ASCII, ESCAPED, OPEN

if TYPE_CHECKING:
    import pyarrow as pa


def read(look: Look, data: bytes, count: int, odd: int) -> pa.Table | None:
    """A row for each of ``count`` lines, with columns and structs of their names; None unless all have that look.

    ``odd`` as `fanghu.tlog.loops.Lines` has it. Each line must begin and end as an object: then none goes on in the next,
    and as many rows as lines are a row each.
    """
    import pyarrow as pa
    from pyarrow import json

    if odd & OPEN or (odd & ESCAPED and b"\\u" in data) or (odd & BEYOND_ASCII and not is_text(data)):
        return None
    try:
        found = json.read_json(
            pa.BufferReader(data), json.ReadOptions(use_threads=False, block_size=len(data) + 1),
            json.ParseOptions(explicit_schema=_schema(look), unexpected_field_behavior="ignore"),
        )  # fmt: skip
    except (pa.ArrowInvalid, pa.ArrowKeyError, pa.ArrowNotImplementedError):
        return None
    whole = found.num_rows == count and all(map(_there, found.columns))
    return found.combine_chunks() if whole else None


def is_text(data: bytes) -> bool:
    """Whether it is UTF-8."""
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def column(found: pa.Table, path: Path, kind: str) -> pa.Array:
    """The values under a name, as the type ``kind``."""
    import pyarrow.compute as pc

    values = found[path[0]].chunk(0)
    return pc.cast(pc.struct_field(values, path[1]) if path[1:] else values, kind)


def _there(column: pa.ChunkedArray) -> bool:
    """Whether no value of it is missing, nor of what is within."""
    import pyarrow as pa

    if pa.types.is_null(column.type):
        return True
    if column.null_count:
        return False
    return not pa.types.is_struct(column.type) or all(map(_there, column.flatten()))


@lru_cache(256)
def _schema(look: Look) -> pa.Schema:
    """What is there with its kind, and of names that would come before it, nothing."""
    import pyarrow as pa

    there = dict(look)
    paths = paths_of(look) or {}
    names: dict[str, set[str]] = {"n": set()}
    for time in TIMES:
        names[time] = set()
        if time in there:
            break
    for column, ways in WAYS.items():
        for name, outer, inner in ways:
            names.setdefault(name, set())
            if inner:
                names.setdefault(outer, set()).add(inner)
            if paths.get(column) in ((name,), (outer, inner)):
                break
    return pa.schema([_field(name, there.get(name), inner) for name, inner in names.items()])


def _field(name: str, kind: str | Look | None, inner: Iterable[str] = ()) -> pa.Field:
    import pyarrow as pa

    if isinstance(kind, tuple):
        return pa.field(name, pa.struct([_field(each, dict(kind).get(each)) for each in inner]))
    return pa.field(name, {"text": pa.string(), "number": pa.int64()}.get(kind or "", pa.null()))
