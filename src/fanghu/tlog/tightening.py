"""Packing full segments anew, as small as they get, at leisure: the same entries, the same hashes, about a quarter less disk.

A seal has no time to spare and packs each block alone and fast. A full segment that the tail is past is never written
again, so anybody may put a smaller file in its place, whether or not a writer holds the log.
"""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from fanghu.tlog import frames, pruning
from fanghu.tlog.files import Files
from fanghu.tlog.layout import close_quietly, put
from fanghu.tlog.loops import loops
from fanghu.tlog.recovery import read_tile
from fanghu.tlog.tiles import HASH, WIDTH, Tile


def tighten(folder: Path, scratch: Path, *, limit: int = 1, files: Files | None = None) -> int:
    """Pack up to ``limit`` full segments anew, oldest first; how many were. Half a second each.

    ``scratch`` lies outside ``folder`` on the same file system; who else works with it keeps this from starting.
    A segment whose entries do not yield its hash tile is left as it is, for verification to find. OSError.
    """
    files = files or Files()
    guard = os.open(scratch.with_name(scratch.name + ".lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(guard, fcntl.LOCK_EX | fcntl.LOCK_NB)
        done = 0
        for path in _loose(folder):
            if done == limit:
                break
            done += _tightened(folder, path, scratch, files)
        return done
    except BlockingIOError:
        return 0
    finally:
        close_quietly(guard)


def _loose(folder: Path) -> list[Path]:
    """Full segments that no writer touches any more and that are not packed tight."""
    try:
        with (folder / "frames" / "tail").open("rb") as file:
            tail = frames.parse_tail(file.read(frames.TAIL_HEAD.size))
    except FileNotFoundError:
        return []
    if tail is None:
        return []
    found: list[Path] = []
    for begins in range(pruning.standing(folder).first, tail.first - frames.SEGMENT + 1, frames.SEGMENT):
        path = folder / "frames" / frames.segment_name(begins)
        try:
            with path.open("rb") as file:
                if not frames.is_tight(file.read(4)):
                    found.append(path)
        except FileNotFoundError:
            continue
    return found


def _tightened(folder: Path, path: Path, scratch: Path, files: Files) -> bool:
    begins = int(path.stem)
    try:
        data = path.read_bytes()
        tile = read_tile(folder, Tile(1, begins // frames.SEGMENT))
    except FileNotFoundError:  # let go meanwhile
        return False
    raws: list[bytes] = []
    at, node = 0, loops().node
    for number in range(WIDTH):
        length = frames.block_length(data, at) or 0
        raw = frames.unpack_bundle(data[at : at + length], begins + number * WIDTH)
        if raw is None or node(raw) != tile[number * HASH :][:HASH]:
            return False
        raws.append(raw)
        at += length
    packed = b"".join(frames.pack_tight(begins, raws))
    if at != len(data):
        return False
    put(path, packed, scratch, files)
    if pruning.standing(folder).first > begins:  # let go meanwhile: it must not come back
        files.unlink(path)
    files.sync_folder(path.parent)
    return True
