"""The long way through a log's entries: segment by segment, then the tail, growing the tree again."""

from __future__ import annotations

import re
from collections.abc import Callable

from fanghu.tlog import frames, merkle
from fanghu.tlog.pruning import Pruned
from fanghu.tlog.regrowth import Regrowth
from fanghu.tlog.report import UNSURE, Report, problem
from fanghu.tlog.segments import ENOUGH, Crew, cores
from fanghu.tlog.snapshot import Snapshot
from fanghu.tlog.tiles import HASH, WIDTH, Tile

SEGMENT_NAME = re.compile(r"frames/([0-9]{16})\.blocks")
NOWHERE = 1 << 62
"""First entry of a tail that cannot be read."""

Progress = Callable[[int, int], None]
"""Called with entries checked so far and entries in all."""


class Findings:
    """What is wrong with a folder so far; ``known`` are the files that belong in it."""

    def __init__(self, disk: Snapshot) -> None:
        self.disk = disk
        self.report = Report()
        self.known: set[str] = {"checkpoint", "frames/tail"}

    def note(self, code: str, where: str) -> None:
        """One more finding, unless its file could not be read at all."""
        if where.partition(" ")[0] not in self.disk.unreadable and len(self.report.problems) < 100:
            self.report.problems.append(problem(code, where))

    def told(self) -> Report:
        """The whole report."""
        report = self.report
        report.problems += [problem("FH-TLG-22", name) for name in sorted(self.disk.unreadable)]
        report.first_bad = report.problems[0].where if report.problems else None
        report.ok = not report.problems
        report.cannot_tell = bool(report.problems) and all(p.code in UNSURE for p in report.problems)
        return report


class Walk:
    """One walk through the entries of a folder."""

    def __init__(
        self,
        findings: Findings,
        tree: Regrowth,
        tail: frames.Tail,
        pruned: Pruned,
        sealed: int,
        progress: Progress | None,
    ) -> None:
        self.findings, self.disk, self.tree, self.tail, self.pruned = findings, findings.disk, tree, tail, pruned
        self.sealed, self.progress = sealed, progress
        self.broken = tail.first == NOWHERE
        """Entries are missing, so that nothing above them can be recomputed."""

    def blocks(self, workers: int | None) -> None:
        """Every segment: blocks before the tail make the tree, later ones may only repeat the self.tail."""
        at = 0
        with self._crew(workers) as crew:
            for name, begins in self._segments():
                self.findings.known.add(name)
                at = self._gone(at, min(begins, self.pruned.first))
                if at != begins:
                    self._lost(f"{name} entry {at}", at)
                nodes = crew.level_one(begins)
                if nodes is None:
                    at = self._segment(name, begins)
                else:
                    self._hashed(nodes)
                    at = begins + frames.SEGMENT
                if self.progress:
                    self.progress(min(at, self.sealed), self.sealed)
        at = self._gone(at, self.pruned.first)
        if not self.broken and self.tree.size < self.tail.first:
            self._lost(f"frames/{frames.segment_name(at - at % frames.SEGMENT)} entry {at}", at)

    def _gone(self, at: int, until: int) -> int:
        """Segments that were let go, by the tile of level 1 that is left of each; the index after the last of them."""
        while at < until and not self.broken:
            tile = Tile(1, at // frames.SEGMENT)
            data = self.disk.read(tile.path, WIDTH * HASH)
            if len(data) != WIDTH * HASH:
                self.findings.note("FH-TLG-18", tile.path)
                self.broken = True
            for start in range(0, len(data), HASH):
                self.tree.take_roots([])
                self.tree.push_node(data[start : start + HASH])
            self.tree.take_roots([])
            at += frames.SEGMENT
        return at

    def _segments(self) -> list[tuple[str, int]]:
        """Name and first entry of each segment file, in order."""
        found = [(name, SEGMENT_NAME.fullmatch(name)) for name in sorted(self.disk.files)]
        return [(name, int(match[1])) for name, match in found if match and int(match[1]) % frames.SEGMENT == 0]

    def _crew(self, workers: int | None) -> Crew:
        """Processes for the segments that are whole before the tail and within which no root is wanted."""
        work = [
            (begins, self.disk.files[name])
            for name, begins in self._segments()
            if begins + frames.SEGMENT <= self.tail.first
            and not any(begins < size < begins + frames.SEGMENT for size in self.tree.wanted)
        ]
        if workers is None:
            workers = cores() if len(work) >= ENOUGH else 1
        return Crew(self.disk.folder, work if workers > 1 else [], workers)

    def _hashed(self, nodes: list[bytes]) -> None:
        """A segment that a process vouches for, by its hashes of level 1."""
        if self.broken and self.tail.first != NOWHERE:
            return
        self.tree.take_roots([])
        for node in nodes:
            self.tree.push_node(node)
        self.tree.take_roots([])

    def _lost(self, where: str, at: int) -> None:
        self.findings.note("FH-TLG-14", where)
        self.broken = self.broken or at < self.tail.first

    def _segment(self, name: str, begins: int) -> int:
        """Check one segment; the index after its last good block (the next segment's start after a bad one)."""
        at, offset, size = begins, 0, self.disk.files[name]
        opening = frames.Opening()
        for data, end in self.disk.blocks(name):
            entries = opening.unpack(data, at) if end <= size else None
            if entries is None or at >= begins + frames.SEGMENT:
                if end > size and at >= self.tail.first and frames.begins_block(data, at):
                    self.findings.note("FH-TLG-23", f"{name} entry {at}")
                else:
                    self._lost(f"{name} entry {at}", at)
                return begins + frames.SEGMENT
            if at >= self.tail.first:
                if entries != self.tail.entries[at - self.tail.first : at - self.tail.first + WIDTH]:
                    self.findings.note("FH-TLG-14", f"{name} entry {at}")
            elif not self.broken or self.tail.first == NOWHERE:
                self.tree.push(merkle.leaf_hashes(entries))
            at += WIDTH
            offset = end
        if offset < size:
            self._lost(f"{name} entry {at}", at)
        return at

    def tail_entries(self) -> None:
        """The tail's entries: sealed ones complete the tree, all may lie under tiles that a dying seal wrote."""
        if self.broken or self.tree.size != self.tail.first:
            return
        if self.tail.size < self.sealed:
            self.findings.note("FH-TLG-15", f"frames/tail entry {self.tail.size}")
            self.broken = True
        leaves = merkle.leaf_hashes(self.tail.entries)
        whole = len(leaves) - len(leaves) % WIDTH
        for start in range(0, whole, WIDTH):
            self.tree.push(leaves[start : start + WIDTH])
        self.tree.take_roots(leaves[whole:])
        if self.progress:
            self.progress(self.sealed, self.sealed)
