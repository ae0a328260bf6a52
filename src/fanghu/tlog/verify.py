"""Verify a log folder, every byte of it, trusting only the keys given: no server, no database, nothing inside.

What is read is recomputed: entries -> leaf hashes -> tiles -> root -> checkpoint. A folder that is being written to is
looked at as it was at the start, and again when that was in between, so a healthy live log raises no alarm.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from fanghu.tlog import frames, holding
from fanghu.tlog.checkpoint import Checkpoint
from fanghu.tlog.damage import BadNote
from fanghu.tlog.holding import Held
from fanghu.tlog.note import LONGEST, Verifier
from fanghu.tlog.pruning import POINTER, WHOLE, Pruned, pointer, recorded
from fanghu.tlog.recovery import entry_at
from fanghu.tlog.regrowth import Regrowth
from fanghu.tlog.report import Report
from fanghu.tlog.snapshot import Snapshot
from fanghu.tlog.tiles import HASH, WIDTH, Tile, parse_path, tiles_of
from fanghu.tlog.walk import NOWHERE, Findings, Progress, Walk

ATTEMPTS = 3


def verify_folder(
    folder: Path,
    *,
    keys: Sequence[Verifier],
    since: bytes | None = None,
    progress: Progress | None = None,
    workers: int | None = None,
    retired: Sequence[Verifier] = (),
    witness: bytes | None = None,
) -> Report:
    """Check every byte of ``folder`` and, given ``since``, that it extends that kept checkpoint. Never raises for bad data.

    ``witness``: a file held by a witness or fetched from it (see `holding.witness`), which the log must extend too.

    ``workers``: processes that hash whole segments (1: none); by default one a core for a long log, none for a short one.
    ``retired``: keys before ``keys``, as `rotation.follow` gives them; they count for ``since``, and beside the newer key.
    """
    for _ in range(ATTEMPTS):
        disk = Snapshot(folder)
        before = disk.marks()
        report = _Check(disk, keys, (since, witness), progress, workers, retired).run()
        if report.ok or disk.marks() == before:
            break
    return report


class _Check:
    """One pass over a folder."""

    def __init__(
        self,
        disk: Snapshot,
        keys: Sequence[Verifier],
        held: tuple[bytes | None, bytes | None],
        progress: Progress | None,
        workers: int | None,
        retired: Sequence[Verifier],
    ) -> None:
        self.disk, self.keys, self.held_notes, self.progress = disk, keys, held, progress
        self.workers, self.retired = workers, retired
        self.findings = Findings(disk)
        self.known = self.findings.known
        self.tiles: dict[tuple[int, int], list[Tile]] = {}
        self.partials: dict[str, bytes] = {}
        self.tree = Regrowth(self._compare)

    def run(self) -> Report:
        """The whole check: first a look at everything a writer may change, then the long way through the entries."""
        folder = self.disk.folder
        try:
            if not self.keys:
                self.findings.note("FH-TLG-11", "")
            elif not folder.is_dir() or not any(folder.iterdir()):
                self.findings.note("FH-TLG-10", folder.name)
            else:
                self._check()
        except (OSError, MemoryError):
            self.disk.unreadable.add(folder.name)
        return self.findings.told()

    def _check(self) -> None:
        checkpoint = self._checkpoint()
        held = self._held(checkpoint)
        pruned = self._pruned()
        tail = self._tail()
        self.disk.look()
        for name in sorted(self.disk.foreign):
            self.findings.note("FH-TLG-13", name)
        self._sort_tiles()
        sealed = checkpoint.size if checkpoint else 0
        self.tree.wanted = {sealed, pruned.first} | {each.checkpoint.size for each in held}
        walk = Walk(self.findings, self.tree, tail, pruned, sealed, self.progress)
        walk.blocks(self.workers)
        walk.tail_entries()
        self._last_tiles(sealed, walk.broken)
        for name in sorted(self.disk.files.keys() - self.known):
            self.findings.note("FH-TLG-13", name)
        if checkpoint is None:
            return
        report = self.findings.report
        report.size, report.root, report.first = checkpoint.size, checkpoint.root, pruned.first
        report.unsealed = max(0, tail.size - sealed) if tail.first != NOWHERE else 0
        if not walk.broken:
            if self.tree.roots.get(sealed) != checkpoint.root:
                self.findings.note("FH-TLG-19", "checkpoint")
            if pruned.first:
                self._compare_record(pruned, tail, sealed)
            for each in held:
                self._compare_held(each, sealed, pruned)

    def _compare_held(self, held: Held, sealed: int, pruned: Pruned) -> None:
        size = held.checkpoint.size
        if size < pruned.first and size % WIDTH and size not in self.tree.roots:
            self.findings.note("FH-TLG-25", held.name)
        elif size > sealed or self.tree.roots.get(size) != held.checkpoint.root:
            self.findings.note(held.broken, "checkpoint")

    def _compare_record(self, pruned: Pruned, tail: frames.Tail, sealed: int) -> None:
        """What was let go must stand in the sealed log, signed, with the root that the kept tiles yield."""
        entry = None
        if pruned.record < sealed and not self.findings.report.problems:  # so each file is what it should be
            entry = entry_at(self.disk.folder, tail, pruned.record)
        found = recorded(entry, pruned, [*self.keys, *self.retired])
        if found is None or found.root != self.tree.roots.get(pruned.first):
            self.findings.note("FH-TLG-24", POINTER)

    def _checkpoint(self) -> Checkpoint | None:
        data = self.disk.read("checkpoint", LONGEST)
        try:
            return Checkpoint.verified(data, self.keys, retired=self.retired)
        except BadNote:
            self.findings.note("FH-TLG-12", "checkpoint")
            return None

    def _held(self, now: Checkpoint | None) -> list[Held]:
        """What the log must extend; kept checkpoints may carry witnesses' lines, but the log's own must be among them."""
        kept, witnessed = self.held_notes
        found: list[Held] = []
        try:
            if kept is not None:
                found.append(holding.since(kept, [*self.keys, *self.retired]))
        except BadNote:
            self.findings.note("FH-TLG-21", "--since")
        try:
            if witnessed is not None:
                found.append(holding.witness(witnessed))
        except BadNote:
            self.findings.note("FH-TLG-27", "--witness")
        for each in found:
            if now and each.checkpoint.origin != now.origin:
                self.findings.note(each.broken, "checkpoint")
        return found

    def _pruned(self) -> Pruned:
        """What the folder says was let go; whether it may say so is seen at the end."""
        data = self.disk.read(POINTER, 100)
        said = pointer(data)
        if said is None:
            return WHOLE  # a file that says nothing is one that does not belong here
        self.known.add(POINTER)
        return said

    def _tail(self) -> frames.Tail:
        tail = frames.parse_tail(self.disk.read("frames/tail"))
        if tail is None:
            self.findings.note("FH-TLG-15", "frames/tail")
            return frames.Tail(first=NOWHERE)
        if tail.state != "whole":
            code = "FH-TLG-16" if tail.state == "torn" and not tail.followed else "FH-TLG-15"
            self.findings.note(code, f"frames/tail entry {tail.size}")
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

    def _last_tiles(self, sealed: int, broken: bool) -> None:
        """Compare unfinished tiles, and ask for each tile that a log of the sealed size has."""
        if broken:
            self.known |= {tile.path for tiles in self.tiles.values() for tile in tiles}
            return
        for level, index, hashes in self.tree.unfinished():
            self._compare(level, index, hashes)
        for tile in tiles_of(sealed):
            if tile.path not in self.disk.files:
                self.findings.note("FH-TLG-18", tile.path)

    def _compare(self, level: int, index: int, hashes: list[bytes]) -> None:
        """Compare the stored tiles of one place, byte for byte, with the hashes computed for it."""
        data = b"".join(hashes)
        for tile in self.tiles.get((level, index), ()):
            if tile.width <= len(hashes):
                name = tile.path
                self.known.add(name)
                stored = self.partials[name] if name in self.partials else self.disk.read(name, 1 << 16)
                if stored != data[: tile.width * HASH]:
                    self.findings.note("FH-TLG-17", name)
