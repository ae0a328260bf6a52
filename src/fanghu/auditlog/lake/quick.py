"""Columns of many lines of JSON at once, several times faster than line by line and with the same values as `columns.row_of`.

Lines of one program look alike. Where all of a run do, Arrow reads them. Else the first line of a look makes a decoder for exactly
that look: every other of the names that matter must be absent. What a decoder refuses is of another look, or is left to
the slow way.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache, partial, reduce
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from fanghu.auditlog.lake import alike
from fanghu.auditlog.lake.looks import NESTED, TOP, WAYS, Look, Path, look_of, paths_of
from fanghu.auditlog.parsers import ndjson
from fanghu.auditlog.visible import visible
from fanghu.tlog.loops import BEYOND_ASCII, ESCAPED

if TYPE_CHECKING:
    import pyarrow as pa

MOST_LOOKS = 16
"""Looks that one run of lines is sorted into; lines of further ones go the slow way."""
MOST_TIMES = 10**6
"""What happened more often in one record is not believed."""
Absent = Literal["\0 never there"]


@dataclass(frozen=True, slots=True)
class Columns:
    """Of the lines at ``places`` (ascending): text columns, how often it happened, and when (milliseconds; None: not said).

    ``altered``: some of the texts are shown otherwise than the lines have them.
    """

    places: Sequence[int]
    texts: Mapping[str, pa.Array]
    times: pa.Array
    at: pa.Array | None
    altered: bool = False


@dataclass(frozen=True, slots=True)
class Lines:
    """Lines, each followed by a line feed in ``data``; ``odd`` as `fanghu.tlog.loops.Lines` has it; ``split`` gives them one by one."""

    data: bytes
    count: int
    odd: int
    split: Callable[[], Sequence[bytes]]


def columns(lines: Lines) -> list[Columns]:
    """What can be read quickly of these lines; the places that are in none of it are for the slow way."""
    look = look_of(lines.data[: lines.data.index(b"\n")])
    hiding = bool(lines.odd & (BEYOND_ASCII | ESCAPED)) or b"\x7f" in lines.data
    if (
        look is not None
        and paths_of(look) is not None
        and (table := alike.read(look, lines.data, lines.count, lines.odd)) is not None
    ):
        read = [_columns(look, range(lines.count), partial(alike.column, table), hiding)]
        del table
    else:
        each = lines.split()
        kept = [place for place, line in enumerate(each) if not lines.odd & BEYOND_ASCII or alike.is_text(line)]
        read = [
            _columns(look, [kept[place] for place in places], _getter(said), hiding)
            for look, places, said in _sorted([each[place] for place in kept])
        ]
    return [found for found in read if found is not None and len(found.places)]


Said = Callable[[Path, str], "pa.Array"]
"""The values under a name, as "string" or "int64"; for the latter, those that count nothing may be 1."""


def _sorted(lines: Sequence[bytes]) -> list[tuple[Look, Sequence[int], list[Any]]]:
    """The lines by their look; what they say, as objects."""
    look = look_of(lines[0]) if lines else None
    if look is not None and (decode := _decoder(look)) is not None:
        with suppress(msgspec.DecodeError, RecursionError):
            return [(look, range(len(lines)), list(map(decode, lines)))]
    groups: list[tuple[Look, Callable[[bytes], Any], list[int], list[Any]]] = []
    for place, line in enumerate(lines):
        for number, (_look, decode, places, said) in enumerate(groups):
            try:
                said.append(decode(line))
            except (msgspec.DecodeError, RecursionError):
                continue
            places.append(place)
            if number:  # lines of a look come together
                groups.insert(0, groups.pop(number))
            break
        else:
            look = look_of(line) if len(groups) < MOST_LOOKS else None
            if look is not None and (decode := _decoder(look)) is not None:
                with suppress(msgspec.DecodeError):
                    groups.insert(0, (look, decode, [place], [decode(line)]))
    return [(look, places, said) for look, _decode, places, said in groups]


@lru_cache(256)
def _decoder(look: Look) -> Callable[[bytes], Any] | None:
    """Of lines of a look; None where only the slow way tells."""
    return None if paths_of(look) is None else msgspec.json.Decoder(_struct(dict(look), TOP)).decode


def _struct(there: Mapping[str, str | Look], names: Sequence[str]) -> type[msgspec.Struct]:
    """Requires what is there with its kind, and refuses whatever else matters."""
    fields: list[Any] = []
    for number, name in enumerate(names):
        kind = there.get(name)
        if isinstance(kind, tuple):
            fields.append((f"f{number}", _struct(dict(kind), NESTED[name]), msgspec.field(name=name)))
        elif kind is not None:
            fields.append((f"f{number}", str if kind == "text" else int, msgspec.field(name=name)))
        else:
            fields.append((f"f{number}", Absent, msgspec.field(name=name, default="\0 never there")))
    return msgspec.defstruct("Line", fields, kw_only=True, gc=False)


def _getter(objects: list[Any]) -> Said:
    def said(path: Path, kind: str) -> pa.Array:
        import pyarrow as pa

        places = [TOP.index(path[0]), *(NESTED[path[0]].index(inner) for inner in path[1:])]
        values = list(map(attrgetter(".".join(f"f{place}" for place in places)), objects))
        if kind == "int64":
            values = [value if 0 < value < MOST_TIMES else 1 for value in values]
        elif isinstance(values[0], int):
            values = list(map(str, values))
        return pa.array(values, kind)

    return said


def _columns(look: Look, places: Sequence[int], said: Said, hiding: bool) -> Columns | None:
    import pyarrow as pa
    import pyarrow.compute as pc

    paths = paths_of(look) or {}
    count = len(places)
    texts = {column: said(paths[column], "string") if column in paths else pa.repeat("", count) for column in WAYS}
    moments = _moments(said(paths["time"], "string")) if "time" in paths else None
    if "time" in paths and moments is None:
        return None
    times = said(paths["times"], "int64") if "times" in paths else pa.repeat(1, count)
    full = [pc.not_equal(texts[column], "") for column in WAYS if column in paths]
    if full and not all(pc.all(each).as_py() for each in full):  # another name may say what this one leaves empty
        keep = pc.indices_nonzero(reduce(pc.and_, full))
        places = [places[place] for place in keep.to_pylist()]
        texts, times = {column: values.take(keep) for column, values in texts.items()}, times.take(keep)
        moments = None if moments is None else moments.take(keep)
    if "object" in paths and pc.any(pc.match_substring(texts["object"], "?")).as_py():
        texts["object"] = pa.array([value.partition("?")[0] for value in texts["object"].to_pylist()], pa.string())
    texts["type"], texts["outcome"] = _mapped(texts["type"], ndjson.kind), _mapped(texts["outcome"], ndjson.outcome)
    altered = False
    for column, most in (("actor", 255), ("place", 255), ("host", 255), ("object", 500)):
        if hiding and (shown := _visible(texts[column])) is not None:
            texts[column], altered = shown, True
        texts[column] = _cut(texts[column], most)
    once = pc.and_(pc.greater(times, 0), pc.less(times, MOST_TIMES))
    return Columns(places, texts, pc.cast(pc.if_else(once, times, 1), pa.int32()), moments, altered)


def _moments(texts: pa.Array) -> pa.Array | None:
    """Milliseconds since 1970 of RFC 3339 texts; None where one is none, or states no zone."""
    import pyarrow as pa
    import pyarrow.compute as pc

    try:
        moments = pc.cast(texts, pa.timestamp("us", "UTC"))
    except pa.ArrowInvalid:
        return None
    since = pc.cast(moments, pa.int64())
    if pc.min(since).as_py() < 0:
        return None
    return pc.divide(since, 1_000)


def _mapped(values: pa.Array, function: Callable[[str], str]) -> pa.Array:
    """Of texts of which few differ."""
    import pyarrow as pa

    coded = values.dictionary_encode()
    return pa.array(list(map(function, coded.dictionary.to_pylist())), pa.string()).take(coded.indices)


def _visible(values: pa.Array) -> pa.Array | None:
    """The texts as they can be shown; None where they are."""
    coded = values.dictionary_encode()
    return None if all(map(str.isprintable, coded.dictionary.to_pylist())) else _mapped(values, visible)


def _cut(values: pa.Array, most: int) -> pa.Array:
    import pyarrow.compute as pc

    longest = pc.max(pc.binary_length(values)).as_py() or 0
    return pc.utf8_slice_codeunits(values, 0, most) if longest > most else values
