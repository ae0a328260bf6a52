"""What a log folder holds when it is opened: read everything, change nothing, refuse damage."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from fanghu.tlog import frames, merkle, pruning
from fanghu.tlog.bundle import Bundle
from fanghu.tlog.checkpoint import Checkpoint
from fanghu.tlog.damage import BadNote, LogDamaged, LogMissing
from fanghu.tlog.note import Verifier
from fanghu.tlog.tiles import HASH, WIDTH, Tile


@dataclass(slots=True)
class Recovered:
    """State of a log at open. ``stale`` lists segment files and the length to cut each to (0: remove).

    ``levels`` are the hashes of the unfinished tile of each level >= 1 and ``frontier`` the tree up to the tail's first
    entry; ``leaves`` are the tail's sealed leaf hashes; ``cut`` is how many torn bytes end the tail.
    """

    checkpoint: Checkpoint
    tail: frames.Tail
    cut: int
    stale: list[tuple[Path, int]]
    pruned: pruning.Pruned = pruning.WHOLE
    levels: list[list[bytes]] = field(default_factory=list)
    frontier: merkle.Frontier = field(default_factory=merkle.Frontier)
    leaves: list[bytes] = field(default_factory=list)


def recover(folder: Path, key: Verifier, retired: Sequence[Verifier] = ()) -> Recovered:
    """Read the state of ``folder``; LogMissing or LogDamaged, and never a change on disk."""
    checkpoint = _checkpoint(folder, key, retired)
    tail, cut = _tail(folder, checkpoint)
    pruned = _pruned(folder, checkpoint, tail, [key, *retired])
    found = Recovered(checkpoint, tail, cut, _stale_segments(folder, tail.first, pruned.first), pruned)
    found.levels = load_levels(folder, tail.first)
    for level in range(len(found.levels), 0, -1):
        for node in found.levels[level - 1]:
            found.frontier.push(node, 8 * level)
    found.leaves = merkle.leaf_hashes(tail.entries[: checkpoint.size - tail.first])
    tree = found.frontier.copy()
    for leaf in found.leaves:
        tree.push(leaf)
    if tree.root() != checkpoint.root:
        raise LogDamaged(
            "The log's tiles and tail do not yield the root its checkpoint signs; verify the log and restore a copy.",
            "日誌的雜湊磚與尾端算出的根與檢查點簽署者不符；請驗證日誌並自備份還原。",
        )
    return found


def _checkpoint(folder: Path, key: Verifier, retired: Sequence[Verifier]) -> Checkpoint:
    try:
        data = (folder / "checkpoint").read_bytes()
    except FileNotFoundError as error:
        if folder.is_dir() and any(not p.is_dir() for p in folder.rglob("*")):
            raise LogDamaged(
                "The log's checkpoint is missing; restore it from a copy.", "日誌的檢查點不見了；請自備份還原。"
            ) from error
        raise LogMissing(str(folder)) from error
    try:
        return Checkpoint.verified(data, [key], retired=retired)
    except BadNote as error:
        raise LogDamaged(error.en, error.zh_hant) from error


def _tail(folder: Path, checkpoint: Checkpoint) -> tuple[frames.Tail, int]:
    """The tail and how many bytes at its end belong to an append nobody was told of."""
    path = folder / "frames" / "tail"
    data = path.read_bytes() if path.is_file() else b""
    tail = frames.parse_tail(data)
    if tail is None or tail.size < checkpoint.size or tail.first > checkpoint.size or tail.followed:
        where = tail.size if tail else checkpoint.size
        raise LogDamaged(
            f"The write-ahead tail is damaged at entry {where}; nothing was changed. Verify the log and restore a copy.",
            f"預寫尾端於第 {where} 筆損毀；未作任何變更。請驗證日誌並自備份還原。",
        )
    return tail, len(data) - tail.good


def _pruned(folder: Path, checkpoint: Checkpoint, tail: frames.Tail, keys: Sequence[Verifier]) -> pruning.Pruned:
    """What was let go, by its sealed and signed record; LogDamaged when the folder claims it without one."""
    try:
        said = pruning.pointer((folder / pruning.POINTER).read_bytes())
    except FileNotFoundError:
        return pruning.WHOLE
    entry = entry_at(folder, tail, said.record) if said and said.record < checkpoint.size else None
    found = pruning.recorded(entry, said, keys) if said else None
    if found is None:
        raise LogDamaged(
            "The log's file pruned names no sealed record of what was let go; verify the log and restore a copy.",
            "日誌的 pruned 檔並未指向已封存的刪除紀錄；請驗證日誌並自備份還原。",
        )
    return found


def entry_at(folder: Path, tail: frames.Tail, index: int) -> bytes | None:
    """One entry, read alone; None when it cannot be."""
    if index >= tail.first:
        return tail.entries[index - tail.first] if index < tail.size else None
    path = folder / "frames" / frames.segment_name(index - index % frames.SEGMENT)
    first = index - index % WIDTH
    number = first % frames.SEGMENT // WIDTH
    try:
        block = read_block(path, [*block_ends(path, number + 1)], first)
    except (FileNotFoundError, IndexError):
        return None
    return block[index - first] if block else None


def read_block(path: Path, ends: Sequence[int], first: int) -> Bundle | None:
    """The entries of the block that begins with entry ``first``; None when it is damaged.

    ``ends``: where the segment's blocks end, at least up to this one. FileNotFoundError, IndexError.
    """
    number = first % frames.SEGMENT // WIDTH
    with path.open("rb") as file:

        def block(which: int) -> bytes:
            start = ends[which - 1] if which else 0
            file.seek(start)
            return file.read(ends[which] - start)

        data = block(number)
        if number and frames.is_tight(data):
            opening = frames.unpack_bundle(block(0), first - first % frames.SEGMENT)
            return Bundle.block(frames.unpack_bundle(data, first, opening), WIDTH)
    return Bundle.block(frames.unpack_bundle(data, first), WIDTH)


def _stale_segments(folder: Path, first: int, kept_from: int) -> list[tuple[Path, int]]:
    """Segments that reach past entry ``first`` or lie before ``kept_from``; LogDamaged when blocks between are missing."""
    stale: list[tuple[Path, int]] = []
    present = sorted((folder / "frames").glob("*.blocks"))
    wanted = {frames.segment_name(n) for n in range(kept_from, first, frames.SEGMENT)}
    if missing := wanted - {p.name for p in present}:
        raise LogDamaged(
            f"The log's file frames/{min(missing)} is missing; restore it from a copy.",
            f"日誌的檔案 frames/{min(missing)} 不見了；請自備份還原。",
        )
    stale += [(path, 0) for path in present if path.name not in wanted]
    if first > kept_from:
        begins = (first - 1) // frames.SEGMENT * frames.SEGMENT
        path = folder / "frames" / frames.segment_name(begins)
        length = end_of_blocks(path, (first - begins) // WIDTH)
        if length is None:
            raise LogDamaged(
                f"The log's file frames/{path.name} is cut short or damaged; restore it from a copy.",
                f"日誌的檔案 frames/{path.name} 被截短或損毀；請自備份還原。",
            )
        if length < path.stat().st_size:
            stale.append((path, length))
    return stale


def end_of_blocks(path: Path, count: int) -> int | None:
    """Where the ``count``-th block of a segment ends, by the heads alone; None when there are fewer."""
    ends = list(block_ends(path, count))
    return (ends[-1] if ends else 0) if len(ends) == count else None


def block_ends(path: Path, limit: int) -> Iterator[int]:
    """The end of each block of a segment file, by the heads alone, at most ``limit``."""
    end, size = 0, path.stat().st_size
    with path.open("rb") as file:
        for _ in range(limit):
            file.seek(end)
            length = frames.block_length(file.read(frames.BLOCK_HEAD.size), 0)
            if length is None or end + length > size:
                return
            end += length
            yield end


def load_levels(folder: Path, size: int) -> list[list[bytes]]:
    """The unfinished tile's hashes of each level >= 1 of a tree of ``size`` (a multiple of 256)."""
    levels: list[list[bytes]] = []
    level = 1
    while count := size >> 8 * level:
        width = count % WIDTH
        data = read_tile(folder, Tile(level, count // WIDTH, width)) if width else b""
        levels.append([data[i : i + HASH] for i in range(0, len(data), HASH)])
        level += 1
    return levels


def read_tile(folder: Path, tile: Tile) -> bytes:
    """The first ``tile.width`` hashes of a tile, from it or a wider one; LogDamaged when there is none."""
    whole = folder / Tile(tile.level, tile.index).path
    partials = whole.with_name(whole.name + ".p")
    names = [whole]
    if partials.is_dir():
        widths = sorted(int(p.name) for p in partials.iterdir() if p.name.isascii() and p.name.isdigit())
        names += [partials / str(width) for width in widths if width >= tile.width]
    names.append(whole)  # a seal may have completed the tile between the two looks
    for path in names:
        try:
            data = path.read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            continue
        if len(data) >= tile.width * HASH:
            return data[: tile.width * HASH]
    raise LogDamaged(
        f"The log's hash tile {tile.path} is missing or cut short; verify the log and restore a copy.",
        f"日誌的雜湊磚 {tile.path} 不見了或被截短；請驗證日誌並自備份還原。",
    )
