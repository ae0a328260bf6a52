"""What a seal writes beneath its checkpoint: blocks of 256 entries, the tiles above them, and partial tiles outgrown."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from fanghu.tlog import frames, merkle
from fanghu.tlog.files import Files
from fanghu.tlog.layout import put
from fanghu.tlog.tiles import HASH, WIDTH, Tile


class Packer:
    """The packed part of one log: ``frontier`` is its tree, ``levels`` the unfinished tile's hashes of each level >= 1."""

    def __init__(
        self, folder: Path, scratch: Path, files: Files, levels: list[list[bytes]], frontier: merkle.Frontier
    ) -> None:
        self._folder, self._scratch, self._files, self._levels = folder, scratch, files, levels
        self.frontier = frontier

    def pack(self, blocks: Sequence[bytes], nodes: Sequence[bytes]) -> dict[Path, str]:
        """Write full blocks that come next and the tiles above them; folders of partial tiles and the name to keep.

        ``nodes``: the level-1 hash of each block.
        """
        if not blocks:
            return {}
        start = at = self.frontier.size
        stop = start + len(blocks) * WIDTH
        while at < stop:
            end = min(stop, at - at % frames.SEGMENT + frames.SEGMENT)
            self._append_blocks(at, blocks[(at - start) // WIDTH : (end - start) // WIDTH])
            at = end
        outgrown: dict[Path, str] = {}
        folders: set[Path] = set()
        full: list[tuple[Tile, bytes]] = []
        for node in nodes:
            self.frontier.push(node, 8)
            self._grow(node, full)
        for tile, data in full:
            folders |= self._put_tile(tile, data)
            outgrown[self._partials_of(tile)] = ""
        for level, hashes in enumerate(self._levels, start=1):
            if hashes:
                tile = Tile(level, (self.frontier.size >> 8 * level) // WIDTH, len(hashes))
                folders |= self._put_tile(tile, b"".join(hashes))
                outgrown[self._partials_of(tile)] = str(tile.width)
        for folder in sorted(folders, reverse=True):
            self._files.sync_folder(folder)
        return outgrown

    def tree(self, rest: bytes) -> merkle.Frontier:
        """The tree with the leaves after the last block, 32 bytes each."""
        tree = self.frontier.copy()
        for at in range(0, len(rest), HASH):
            tree.push(rest[at : at + HASH])
        return tree

    def _grow(self, node: bytes, full: list[tuple[Tile, bytes]]) -> None:
        """Add one level-1 hash; tiles that it fills go to ``full``."""
        for level in range(1, 64):
            if len(self._levels) < level:
                self._levels.append([])
            hashes = self._levels[level - 1]
            hashes.append(node)
            if len(hashes) < WIDTH:
                return
            full.append((Tile(level, (self.frontier.size >> 8 * level) // WIDTH - 1), b"".join(hashes)))
            node = merkle.fold(hashes)
            hashes.clear()

    def _append_blocks(self, start: int, blocks: Sequence[bytes]) -> None:
        """Append the blocks from entry ``start`` on, which lie in one segment, and make them durable."""
        folder = self._folder / "frames"
        path = folder / frames.segment_name(start - start % frames.SEGMENT)
        new = not path.exists()
        descriptor = self._files.open(path, create=True)
        try:
            self._files.write(descriptor, *blocks)
            self._files.sync(descriptor)
        finally:
            self._files.close(descriptor)
        if new:
            self._files.sync_folder(folder)

    def _partials_of(self, tile: Tile) -> Path:
        return self._folder / (Tile(tile.level, tile.index).path + ".p")

    def _put_tile(self, tile: Tile, data: bytes) -> set[Path]:
        """Write one tile; the folders whose names changed."""
        path = self._folder / tile.path
        missing = [p for p in path.parents if p != self._folder and self._folder in p.parents and not p.exists()]
        for parent in reversed(missing):
            self._files.mkdir(parent)
        put(path, data, self._scratch, self._files)
        return {path.parent, *(p.parent for p in missing)}

    def drop(self, outgrown: dict[Path, str]) -> None:
        """Remove partial tiles that `pack` outgrew."""
        for folder, keep in outgrown.items():
            if not folder.is_dir():
                continue
            for path in folder.iterdir():
                if path.name != keep:
                    self._files.unlink(path)
            if not keep:
                self._files.rmdir(folder)
