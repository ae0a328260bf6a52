"""Names and widths of hash tiles as C2SP tlog-tiles gives them (256 hashes wide; level 0 is derived from frames)."""

from __future__ import annotations

import re
from dataclasses import dataclass

WIDTH = 256
HASH = 32

_NAME = re.compile(r"tile/(0|[1-9][0-9]?)/((?:x[0-9]{3}/)*[0-9]{3})(?:\.p/([1-9][0-9]{0,2}))?")


@dataclass(frozen=True, slots=True, order=True)
class Tile:
    """One tile: ``width`` hashes (1..256) of ``level`` (0..63), the ``index``-th of its level."""

    level: int
    index: int
    width: int = WIDTH

    @property
    def path(self) -> str:
        """``tile/<L>/<N>[.p/<W>]`` with N in groups of three digits, all but the last with an ``x``."""
        partial = "" if self.width == WIDTH else f".p/{self.width}"
        return f"tile/{self.level}/{index_path(self.index)}{partial}"


def index_path(index: int) -> str:
    """1234067 is ``x001/x234/067``."""
    parts = [f"{index % 1000:03d}"]
    while index >= 1000:
        index //= 1000
        parts.append(f"x{index % 1000:03d}")
    return "/".join(reversed(parts))


def parse_path(path: str) -> Tile | None:
    """The tile that ``path`` names, or None unless it is written exactly as `Tile.path` writes it."""
    match = _NAME.fullmatch(path)
    if match is None:
        return None
    level, index, width = match.groups()
    tile = Tile(int(level), int(index.replace("x", "").replace("/", "")), int(width) if width else WIDTH)
    return tile if tile.path == path and tile.level < 64 else None


def tiles_of(size: int, *, since: int = 0, lowest: int = 1) -> list[Tile]:
    """Tiles of level >= ``lowest`` a tree of ``size`` has and one of ``since`` had not, lowest level first."""
    found: list[Tile] = []
    level = lowest
    while size >> (8 * level):
        now, before = size >> (8 * level), since >> (8 * level)
        found += [Tile(level, n) for n in range(before // WIDTH, now // WIDTH)]
        if now % WIDTH and now != before:
            found.append(Tile(level, now // WIDTH, now % WIDTH))
        level += 1
    return found
