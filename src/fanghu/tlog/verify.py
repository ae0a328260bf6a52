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
from fanghu.tlog.regrowth import Regrowth
from fanghu.tlog.report import UNSURE, Report, problem
from fanghu.tlog.segments import ENOUGH, Crew, cores
from fanghu.tlog.snapshot import Snapshot
from fanghu.tlog.tiles import HASH, WIDTH, Tile, parse_path, tiles_of

SEGMENT_NAME = re.compile(r"frames/([0-9]{16})\.blocks")
NOWHERE = 1 << 62

Progress = Callable[[int, int], None]
"""Called with entries checked so far and entries in all."""

ATTEMPTS = 3


def verify_folder(
    folder: Path,
    *,
    keys: Sequence[Verifier],
    since: bytes | None = None,
    progress: Progress | None = None,
    workers: int | None = None,
    retired: Sequence[Verifier] = (),
) -> Report:
    """Check every byte of ``folder`` and, given ``since``, that it extends that kept checkpoint. Never raises for bad data.

    ``workers``: processes that hash whole segments (1: none); by default one a core for a long log, none for a short one.
    ``retired``: keys before ``keys``, as `rotation.follow` gives them; they count for ``since``, and beside the newer key.
    """
    for _ in range(ATTEMPTS):
        disk = Snapshot(folder)
        before = disk.marks()
        report = _Check(disk, keys, since, progress, workers, retired).run()
        if report.ok or disk.marks() == before:
            break
    return report


class _Check:
    """One pass over a folder."""

    def __init__(
        self,
        disk: Snapshot,
        keys: Sequence[Verifier],
        since: bytes | None,
        progress: Progress | None,
        workers: int | None,
        retired: Sequence[Verifier],
    ) -> None:
        self.disk, self.keys, self.since_note, self.progress = disk, keys, since, progress
        self.workers, self.retired = workers, retired
        self.report = Report()
        self.known: set[str] = {"checkpoint", "frames/tail"}
        self.tiles: dict[tuple[int, int], list[Tile]] = {}
        self.partials: dict[str, bytes] = {}
        self.tree = Regrowth(self._compare)
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
        self.tree.wanted = {sealed} | ({since.size} if since else set())
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
            if self.tree.roots.get(sealed) != checkpoint.root:
                self._note("FH-TLG-19", "checkpoint")
            if since and (since.size > sealed or self.tree.roots.get(since.size) != since.root):
                self._note("FH-TLG-20", "checkpoint")

    def _checkpoint(self) -> Checkpoint | None:
        data = self.disk.read("checkpoint", LONGEST)
        try:
            return Checkpoint.verified(data, self.keys, retired=self.retired)
        except BadNote:
            self._note("FH-TLG-12", "checkpoint")
            return None

    def _since(self, now: Checkpoint | None) -> Checkpoint | None:
        """The kept checkpoint; it may carry witnesses' lines, but the log's own must be among them."""
        if self.since_note is None:
            return None
        try:
            kept = Checkpoint.verified(self.since_note, [*self.keys, *self.retired], others=True)
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
        with self._crew(tail) as crew:
            for name, begins in self._segments():
                self.known.add(name)
                if at != begins:
                    self._lost(f"{name} entry {at}", at, tail)
                nodes = crew.level_one(begins)
                if nodes is None:
                    at = self._segment(name, begins, tail)
                else:
                    self._hashed(nodes, tail)
                    at = begins + frames.SEGMENT
                if self.progress:
                    self.progress(min(at, sealed), sealed)
        if not self.broken and self.tree.size < tail.first:
            self._lost(f"frames/{frames.segment_name(at - at % frames.SEGMENT)} entry {at}", at, tail)

    def _segments(self) -> list[tuple[str, int]]:
        """Name and first entry of each segment file, in order."""
        found = [(name, SEGMENT_NAME.fullmatch(name)) for name in sorted(self.disk.files)]
        return [(name, int(match[1])) for name, match in found if match and int(match[1]) % frames.SEGMENT == 0]

    def _crew(self, tail: frames.Tail) -> Crew:
        """Processes for the segments that are whole before the tail and within which no root is wanted."""
        work = [
            (begins, self.disk.files[name])
            for name, begins in self._segments()
            if begins + frames.SEGMENT <= tail.first
            and not any(begins < size < begins + frames.SEGMENT for size in self.tree.wanted)
        ]
        workers = (cores() if len(work) >= ENOUGH else 1) if self.workers is None else self.workers
        return Crew(self.disk.folder, work if workers > 1 else [], workers)

    def _hashed(self, nodes: list[bytes], tail: frames.Tail) -> None:
        """A segment that a process vouches for, by its hashes of level 1."""
        if self.broken and tail.first != NOWHERE:
            return
        self.tree.take_roots([])
        for node in nodes:
            self.tree.push_node(node)
        self.tree.take_roots([])

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
                self.tree.push(merkle.leaf_hashes(entries))
            at += WIDTH
            offset = end
        if offset < size:
            self._lost(f"{name} entry {at}", at, tail)
        return at

    def _tail_entries(self, tail: frames.Tail, sealed: int) -> None:
        """The tail's entries: sealed ones complete the tree, all may lie under tiles that a dying seal wrote."""
        if self.broken or self.tree.size != tail.first:
            return
        if tail.size < sealed:
            self._note("FH-TLG-15", f"frames/tail entry {tail.size}")
            self.broken = True
        leaves = merkle.leaf_hashes(tail.entries)
        whole = len(leaves) - len(leaves) % WIDTH
        for start in range(0, whole, WIDTH):
            self.tree.push(leaves[start : start + WIDTH])
        self.tree.take_roots(leaves[whole:])
        if self.progress:
            self.progress(sealed, sealed)

    def _last_tiles(self, sealed: int) -> None:
        """Compare unfinished tiles, and ask for each tile that a log of the sealed size has."""
        if self.broken:
            self.known |= {tile.path for tiles in self.tiles.values() for tile in tiles}
            return
        for level, index, hashes in self.tree.unfinished():
            self._compare(level, index, hashes)
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
