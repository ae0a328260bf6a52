"""What a line of JSON looks like: which of the names that `parsers.ndjson` looks under are there, and what they hold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import msgspec

from fanghu.auditlog.parsers import ndjson
from fanghu.auditlog.parsers.ndjson import Way

Look = tuple[tuple[str, "str | Look"], ...]
"""The names that matter in an object, by name: "text", "number", or what an object in it looks like."""
Path = tuple[str, ...]
"""A name, or an object's and one within it."""
WAYS: Mapping[str, Sequence[Way]] = {
    "type": ndjson.TYPES, "outcome": ndjson.OUTCOME, "actor": ndjson.ACTORS, "place": ndjson.PLACES,
    "host": ndjson.HOSTS, "object": ndjson.OBJECTS,
}  # fmt: skip
_nested: dict[str, set[str]] = {}
_top = {*ndjson.TIMES, "n"}
for _ways in WAYS.values():
    for _name, _outer, _inner in _ways:
        _top |= {_name, _outer} if _inner else {_name}
        if _inner:
            _nested.setdefault(_outer, set()).add(_inner)
TOP: Sequence[str] = sorted(_top)
"""Every name that matters."""
NESTED: Mapping[str, Sequence[str]] = {name: sorted(inner) for name, inner in _nested.items()}
"""And within the object of a name."""


def look_of(line: bytes) -> Look | None:
    """What a line looks like; None where only the slow way tells."""
    try:
        said = msgspec.json.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return _look(said, TOP, NESTED) if isinstance(said, dict) else None


@lru_cache(256)
def paths_of(look: Look) -> Mapping[str, Path] | None:
    """Where each column is found; None where only the slow way tells."""
    there = dict(look)
    time = next((name for name in ndjson.TIMES if name in there), None)
    if (time is not None and there[time] != "text") or there.get("n", "number") != "number":
        return None
    paths: dict[str, Path] = {}
    if time is not None:
        paths["time"] = (time,)
    if "n" in there:
        paths["times"] = ("n",)
    for column, ways in WAYS.items():
        path = _first_way(there, ways)
        if path is not None:
            paths[column] = path
    return paths


def _look(said: Mapping[str, Any], names: Sequence[str], nested: Mapping[str, Sequence[str]]) -> Look | None:
    found: list[tuple[str, str | Look]] = []
    for name in names:
        if name not in said:
            continue
        value = said[name]
        kind: str | Look | None = None
        if isinstance(value, str) and value:
            kind = "text"
        elif isinstance(value, int) and not isinstance(value, bool):
            kind = "number"
        elif isinstance(value, dict):
            kind = _look(value, nested[name], {}) if name in nested else None
        if kind is None:
            return None
        found.append((name, kind))
    return tuple(found)


def _first_way(there: Mapping[str, str | Look], ways: Sequence[Way]) -> Path | None:
    """The first way that holds a text or a number."""
    for name, outer, inner in ways:
        kind = there.get(name)
        if kind is None and inner:
            within = there.get(outer)
            if isinstance(within, tuple) and inner in dict(within):
                return outer, inner
        elif isinstance(kind, str):
            return (name,)
    return None
