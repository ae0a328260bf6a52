"""A log as C2SP tlog-tiles serves it: checkpoint, hash tiles of every level, entry bundles, each by its path.

Level 0 and the bundles are derived from the frames when asked for: stored, 32 bytes an event would outweigh the
compressed event.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from fanghu.tlog.bundle import bundled
from fanghu.tlog.reader import LogReader
from fanghu.tlog.tiles import WIDTH, Tile, parse_path, tiles_of

BUNDLES = "tile/entries/"


def resource(reader: LogReader, path: str) -> bytes | None:
    """What lies at ``path`` of the published log, None where the sealed log has nothing there.

    LogPruned for what only entries tell that were let go; LogDamaged, LogMissing.
    """
    if path == "checkpoint":
        return reader.checkpoint().note
    bundle = path.startswith(BUNDLES)
    tile = parse_path(f"tile/0/{path.removeprefix(BUNDLES)}" if bundle else path)
    if tile is None or not _holds(reader.size, tile):
        return None
    if not bundle:
        return reader.tile(tile)
    first = tile.index * WIDTH
    return bundled(entry.data for _index, entry in reader.entries(first, first + tile.width))


def paths(size: int, first: int = 0) -> Iterator[str]:
    """Every path of a published log of ``size``, the checkpoint last; ``first``: the first entry it still holds."""
    for tile in tiles_of(size, lowest=0):
        if tile.level == 0 and tile.index * WIDTH < first:
            continue
        yield tile.path
        if tile.level == 0:
            yield BUNDLES + tile.path.removeprefix("tile/0/")
    yield "checkpoint"


def _holds(size: int, tile: Tile) -> bool:
    """Whether a log of ``size`` has all hashes of ``tile``."""
    whole = replace(tile, width=WIDTH)
    return whole.index * WIDTH + tile.width <= size >> (8 * tile.level)
