"""Verify a log folder, every byte of it, trusting only the keys given: no server, no database, nothing inside.

What is read is recomputed: entries -> leaf hashes -> tiles -> root -> checkpoint. A folder that is being written to is
looked at as it was at the start, and again when that was in between, so a healthy live log raises no alarm.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path

from fanghu.tlog import frames, merkle
from fanghu.tlog.checkpoint import Checkpoint
from fanghu.tlog.damage import BadNote
from fanghu.tlog.note import LONGEST, Verifier
from fanghu.tlog.report import UNSURE, Report, problem
from fanghu.tlog.snapshot import Snapshot
from fanghu.tlog.tiles import HASH, WIDTH, Tile, parse_path, tiles_of

SEGMENT_NAME = re.compile(r"frames/([0-9]{16})\.blocks")
NOWHERE = 1 << 62

Progress = Callable[[int, int], None]
"""Called with entries checked so far and entries in all."""

ATTEMPTS = 3


def verify_folder(
    folder: Path, *, keys: Sequence[Verifier], since: bytes | None = None, progress: Progress | None = None
) -> Report:
    """Check every byte of ``folder`` and, given ``since``, that it extends that kept checkpoint. Never raises for bad data."""
    for _ in range(ATTEMPTS):
        disk = Snapshot(folder)
        before = disk.marks()
        report = _Check(disk, keys, since, progress).run()
        if report.ok or disk.marks() == before:
            break
    return report


class _Check:
    """One pass over a folder."""

    def __init__(
        self, disk: Snapshot, keys: Sequence[Verifier], since: bytes | None, progress: Progress | None
    ) -> None:
        self.disk, self.keys, self.since_note, self.progress = disk, keys, since, progress
        self.report = Report()
        self.known: set[str] = {"checkpoint", "frames/tail"}
        self.tiles: dict[tuple[int, int], list[Tile]] = {}
        self.partials: dict[str, bytes] = {}
        self.levels: list[list[bytes]] = []
        self.frontier = merkle.Frontier()
        self.roots: dict[int, bytes] = {}
        self.wanted: set[int] = set()
        self.broken = False
        """Entries are missing, so that nothing above them can be recomputed."""

    def run(self) -> Report:
        """The whole check: first a look at everything a writer may change, then the long way through the entries."""
        report = self.report
        folder = self.disk.folder
        try:
            if not self.keys:
                self._note("FH-TLG-11", "")
            elif not folder.is_dir() or not any(folder.iterdir()):
                self._note("FH-TLG-10", folder.name)
            else:
                self._check()
        except (OSError, MemoryError):
            self.disk.unreadable.add(folder.name)
        report.problems += [problem("FH-TLG-22", name) for name in sorted(self.disk.unreadable)]
        report.first_bad = report.problems[0].where if report.problems else None
        report.ok = not report.problems
        report.cannot_tell = bool(report.problems) and all(p.code in UNSURE for p in report.problems)
        return report

    def _note(self, code: str, where: str) -> None:
        if where.partition(" ")[0] not in self.disk.unreadable and len(self.report.problems) < 100:
            self.report.problems.append(problem(code, where))

    def _check(self) -> None:
        checkpoint = self._checkpoint()
        since = self._since(checkpoint)
        tail = self._tail()
        self.disk.look()
        for name in sorted(self.disk.foreign):
            self._note("FH-TLG-13", name)
        self._sort_tiles()
        sealed = checkpoint.size if checkpoint else 0
        self.wanted = {sealed} | ({since.size} if since else set())
        self._blocks(tail, sealed)
        self._tail_entries(tail, sealed)
        self._last_tiles(sealed)
        for name in sorted(self.disk.files.keys() - self.known):
            self._note("FH-TLG-13", name)
        if checkpoint is None:
            return
        self.report.size, self.report.root = checkpoint.size, checkpoint.root
        self.report.unsealed = max(0, tail.size - sealed) if tail.first != NOWHERE else 0
        if not self.broken:
            if self.roots.get(sealed) != checkpoint.root:
                self._note("FH-TLG-19", "checkpoint")
            if since and (since.size > sealed or self.roots.get(since.size) != since.root):
                self._note("FH-TLG-20", "checkpoint")

    def _checkpoint(self) -> Checkpoint | None:
        data = self.disk.read("checkpoint", LONGEST)
        try:
            return Checkpoint.verified(data, self.keys)
        except BadNote:
            self._note("FH-TLG-12", "checkpoint")
            return None

    def _since(self, now: Checkpoint | None) -> Checkpoint | None:
        """The kept checkpoint; it may carry witnesses' lines, but the log's own must be among them."""
        if self.since_note is None:
            return None
        try:
            kept = Checkpoint.verified(self.since_note, self.keys, others=True)
        except BadNote:
            self._note("FH-TLG-21", "--since")
            return None
        if now and kept.origin != now.origin:
            self._note("FH-TLG-20", "checkpoint")
        return kept

    def _tail(self) -> frames.Tail:
        tail = frames.parse_tail(self.disk.read("frames/tail"))
        if tail is None:
            self._note("FH-TLG-15", "frames/tail")
            self.broken = True
            return frames.Tail(first=NOWHERE)
        if tail.state != "whole":
            code = "FH-TLG-16" if tail.state == "torn" and not tail.followed else "FH-TLG-15"
            self._note(code, f"frames/tail entry {tail.size}")
        return tail

    def _sort_tiles(self) -> None:
        """Tiles by level and index; partial ones are read now, since a writer removes them as they are outgrown."""
        for name in self.disk.files:
            tile = parse_path(name)
            if tile is None or tile.level == 0:
                continue
            self.tiles.setdefault((tile.level, tile.index), []).append(tile)
            if tile.width < WIDTH:
                self.partials[name] = self.disk.read(name, 1 << 16)

    def _blocks(self, tail: frames.Tail, sealed: int) -> None:
        """Every segment: blocks before the tail make the tree, later ones may only repeat the tail."""
        at = 0
        for name in sorted(self.disk.files):
            match = SEGMENT_NAME.fullmatch(name)
            if match is None or int(match[1]) % frames.SEGMENT:
                continue
            self.known.add(name)
            begins = int(match[1])
            if at != begins:
                self._lost(f"{name} entry {at}", at, tail)
            at = self._segment(name, begins, tail)
            if self.progress:
                self.progress(min(at, sealed), sealed)
        if not self.broken and self.frontier.size < tail.first:
            self._lost(f"frames/{frames.segment_name(at - at % frames.SEGMENT)} entry {at}", at, tail)

    def _lost(self, where: str, at: int, tail: frames.Tail) -> None:
        self._note("FH-TLG-14", where)
        self.broken = self.broken or at < tail.first

    def _segment(self, name: str, begins: int, tail: frames.Tail) -> int:
        """Check one segment; the index after its last good block (the next segment's start after a bad one)."""
        at, offset, size = begins, 0, self.disk.files[name]
        for data, end in self.disk.blocks(name):
            entries = frames.unpack_block(data, at) if end <= size else None
            if entries is None or at >= begins + frames.SEGMENT:
                if end > size and at >= tail.first and frames.begins_block(data, at):
                    self._note("FH-TLG-23", f"{name} entry {at}")
                else:
                    self._lost(f"{name} entry {at}", at, tail)
                return begins + frames.SEGMENT
            if at >= tail.first:
                if entries != tail.entries[at - tail.first : at - tail.first + WIDTH]:
                    self._note("FH-TLG-14", f"{name} entry {at}")
            elif not self.broken or tail.first == NOWHERE:
                self._push(merkle.leaf_hashes(entries))
            at += WIDTH
            offset = end
        if offset < size:
            self._lost(f"{name} entry {at}", at, tail)
        return at

    def _push(self, leaves: list[bytes]) -> None:
        """Add 256 leaves; take the roots wanted among them; compare the tiles they fill."""
        self._take_roots(leaves)
        node = merkle.fold(leaves)
        self.frontier.push(node, 8)
        for level in range(1, 64):
            if len(self.levels) < level:
                self.levels.append([])
            hashes = self.levels[level - 1]
            hashes.append(node)
            if len(hashes) < WIDTH:
                return
            self._compare(level, (self.frontier.size >> 8 * level) // WIDTH - 1, hashes)
            node = merkle.fold(hashes)
            self.levels[level - 1] = []

    def _take_roots(self, leaves: list[bytes]) -> None:
        """Roots wanted of trees that end among ``leaves``, which follow the frontier."""
        start = self.frontier.size
        for size in self.wanted - self.roots.keys():
            if start <= size <= start + len(leaves):
                tree = self.frontier.copy()
                for leaf in leaves[: size - start]:
                    tree.push(leaf)
                self.roots[size] = tree.root()

    def _tail_entries(self, tail: frames.Tail, sealed: int) -> None:
        """The tail's entries: sealed ones complete the tree, all may lie under tiles that a dying seal wrote."""
        if self.broken or self.frontier.size != tail.first:
            return
        if tail.size < sealed:
            self._note("FH-TLG-15", f"frames/tail entry {tail.size}")
            self.broken = True
        leaves = merkle.leaf_hashes(tail.entries)
        whole = len(leaves) - len(leaves) % WIDTH
        for start in range(0, whole, WIDTH):
            self._push(leaves[start : start + WIDTH])
        self._take_roots(leaves[whole:])
        if self.progress:
            self.progress(sealed, sealed)

    def _last_tiles(self, sealed: int) -> None:
        """Compare unfinished tiles, and ask for each tile that a log of the sealed size has."""
        if self.broken:
            self.known |= {tile.path for tiles in self.tiles.values() for tile in tiles}
            return
        for level, hashes in enumerate(self.levels, start=1):
            self._compare(level, (self.frontier.size >> 8 * level) // WIDTH, hashes)
        for tile in tiles_of(sealed):
            if tile.path not in self.disk.files:
                self._note("FH-TLG-18", tile.path)

    def _compare(self, level: int, index: int, hashes: list[bytes]) -> None:
        """Compare the stored tiles of one place, byte for byte, with the hashes computed for it."""
        data = b"".join(hashes)
        for tile in self.tiles.get((level, index), ()):
            if tile.width <= len(hashes):
                name = tile.path
                self.known.add(name)
                stored = self.partials[name] if name in self.partials else self.disk.read(name, 1 << 16)
                if stored != data[: tile.width * HASH]:
                    self._note("FH-TLG-17", name)
