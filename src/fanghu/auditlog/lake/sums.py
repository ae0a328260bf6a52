"""What a table of records adds to the ledger, column by column."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fanghu.auditlog.completeness import LACKS_IDENTITY, LACKS_PLACE, LACKS_TIME, LACKS_TYPE, LACKS_ZONE, VERBATIM
from fanghu.auditlog.derived import AHEAD_MS
from fanghu.auditlog.lake.ledger import Sums
from fanghu.auditlog.tallies import DAY_MS, TAIPEI_MS

if TYPE_CHECKING:
    import pyarrow as pa

_BITS = (VERBATIM, LACKS_TYPE, LACKS_TIME, LACKS_PLACE, LACKS_IDENTITY)
_KEYS = ["source", "day", "type"]


def sums_of(table: pa.Table) -> Sums:
    """Of every record in ``table``."""
    import pyarrow as pa
    import pyarrow.compute as pc

    def set_(bit: int) -> Any:
        return pc.cast(pc.not_equal(pc.bit_wise_and(table["lacks"], pa.scalar(bit, "int16")), 0), "int64")

    def filled(name: str) -> Any:
        return pc.cast(pc.not_equal(table[name], ""), "int64")

    shown = pa.table({
        "source": table["source"], "type": table["type"], "at": table["at"],
        "day": pc.cast(pc.floor(pc.divide(pc.cast(pc.add(table["at"], TAIPEI_MS), "float64"), DAY_MS)), "int64"),
        "received": received(table), "lead": pc.negate(table["lag"]), "zoneless": set_(LACKS_ZONE),
        **{name: filled(name) for name in ("outcome", "object", "host")}, **{f"b{bit}": set_(bit) for bit in _BITS},
    })  # fmt: skip
    by_kind = shown.group_by(_KEYS, use_threads=False).aggregate([
        ("at", "count"), ("at", "min"), ("lead", "max"), ("zoneless", "sum"), ("outcome", "sum"), ("object", "sum"),
        ("host", "sum"), ("received", "max"),
    ])  # fmt: skip
    by_source = shown.group_by(["source"], use_threads=False).aggregate([
        ("at", "count"), *((f"b{bit}", "sum") for bit in _BITS), ("at", "max"), ("received", "max"),
    ])  # fmt: skip
    counts = ["at_count", "at_min", "lead_max", "zoneless_sum", "outcome_sum", "object_sum", "host_sum", "received_max"]
    return Sums(
        tally=_rows(by_kind, [*_KEYS, *counts]),
        census=_rows(by_source, ["source", "at_count", *(f"b{bit}_sum" for bit in _BITS)]),
        newest=_rows(by_source, ["source", "at_max", "received_max", "at_count"]),
    )


def received(table: pa.Table) -> pa.ChunkedArray:
    """When records came in, in milliseconds since 1970: ``at`` is that itself where the source's time is later than can be."""
    import pyarrow.compute as pc

    return pc.add(table["at"], pc.if_else(pc.less(table["lag"], -AHEAD_MS), 0, table["lag"]))


def _rows(table: pa.Table, names: list[str]) -> list[Any]:
    return list(zip(*(table[name].to_pylist() for name in names), strict=True))
