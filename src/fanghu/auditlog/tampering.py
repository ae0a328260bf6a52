"""Tries what a hand on the disk could do to a log, on a copy of it, and says whether verification found it; no Django."""

from __future__ import annotations

import random
import shutil
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from fanghu.testimony import Message, _
from fanghu.tlog.bundle import Bundle
from fanghu.tlog.checkpoint import Checkpoint
from fanghu.tlog.frames import (
    SEGMENT,
    Opening,
    block_length,
    pack_batch,
    pack_blocks,
    parse_tail,
    segment_name,
    tail_head,
)
from fanghu.tlog.note import Signer, Verifier, new_key
from fanghu.tlog.pruning import POINTER
from fanghu.tlog.reader import LogReader
from fanghu.tlog.tiles import WIDTH, tiles_of
from fanghu.tlog.verify import verify_folder
from fanghu.tlog.writer import LogWriter

UNTOUCHED = Message(_("an untouched copy verifies"))
REWRITTEN = Message(_("one record left out, the log built anew and signed with the real key"))
Outcome = tuple[Message, bool]
Change = tuple[Message, Path, bytes | None]
"""What is done, to which file, and what it then holds (None: it is gone)."""


def try_on_copy(
    folder: Path, keys: Sequence[Verifier], rng: random.Random, workdir: Path, *, since: bytes | None = None
) -> list[Outcome]:
    """Copy ``folder`` into ``workdir``, tamper in one way after the other, and return (what was done, was it found).

    First comes the untouched copy: its "found" says that it verified clean (an alarm that always rings proves nothing);
    where it did not, nothing else is tried. The log itself is only read; ``workdir`` is left as it was. ``since`` is a
    kept checkpoint to verify against.
    """
    copy = workdir / "copy"
    try:
        for _attempt in range(3):  # a relay may seal while we copy
            shutil.rmtree(copy, ignore_errors=True)
            shutil.copytree(folder, copy)
            if clean := verify_folder(copy, keys=keys, since=since).ok:
                break
        outcomes = [(UNTOUCHED, clean)]
        for done, path, data in changes(copy, rng) if clean else ():
            before = path.read_bytes() if path.exists() else None
            _put(path, data)
            outcomes.append((done, not verify_folder(copy, keys=keys, since=since).ok))
            _put(path, before)
        return outcomes
    finally:
        shutil.rmtree(copy, ignore_errors=True)


def _put(path: Path, data: bytes | None) -> None:
    if data is None:
        path.unlink()
    else:
        path.write_bytes(data)


def try_rewriting(
    folder: Path, signer: Signer, workdir: Path, kept: bytes, retired: Sequence[Verifier] = ()
) -> Outcome:
    """What root could do: leave a record out, build the log anew and sign it with the real key.

    Verification alone must be fooled and a checkpoint kept off the machine must find it; True when both are so.
    """
    copy, lock = workdir / "rewritten", workdir / "rewritten.lock"
    shutil.rmtree(copy, ignore_errors=True)
    entries = [entry.data for _index, entry in LogReader(folder).entries()]
    del entries[max(0, Checkpoint.parse(kept).size - 1)]
    try:
        with LogWriter.open(copy, origin=signer.name, signer=signer, lock_path=lock, create=True) as writer:
            writer.append(entries)
            writer.seal(datetime.now(UTC))
        alone = verify_folder(copy, keys=[signer.verifier]).ok
        found = not verify_folder(copy, keys=[signer.verifier], since=kept, retired=retired).ok
    finally:
        shutil.rmtree(copy, ignore_errors=True)
        lock.unlink(missing_ok=True)
    return REWRITTEN, alone and found


def changes(copy: Path, rng: random.Random) -> Iterator[Change]:
    """Every way to tamper, so that no part of verification goes untried: on a file of each kind, and on the whole."""
    checkpoint = Checkpoint.parse((copy / "checkpoint").read_bytes())
    for path in _one_of_each_kind(copy, checkpoint.size, rng):
        data = path.read_bytes()
        yield _flipped(copy, path, data, rng)
        # a checkpoint that ends with one of its signatures is still signed: some of its text must go
        length = len(checkpoint.text) if path.name == "checkpoint" else len(data)
        yield _cut_short(copy, path, data, rng.randrange(length))
        yield Message(_("{file} removed"), {"file": _named(path, copy)}), path, None
    added = copy / "tile" / f"{rng.randrange(1 << 30):08x}"
    yield Message(_("{file} added"), {"file": _named(added, copy)}), added, b"planted"
    yield from with_sums_made_right(copy, checkpoint.size, rng)
    private, _public = new_key(checkpoint.origin)
    signed = checkpoint.signed(Signer(checkpoint.origin, private), checkpoint.sealed_at or datetime.now(UTC))
    yield Message(_("the checkpoint signed with another key")), copy / "checkpoint", signed.note


def with_sums_made_right(copy: Path, sealed: int, rng: random.Random) -> Iterator[Change]:
    """A digit of a record changed by who knows the format: check sums fit again, so that hashes alone can tell.

    The last sealed record that still waits in the tail, over which no tile stands yet, and one of a block.
    """
    path = copy / "frames" / "tail"
    tail = parse_tail(path.read_bytes())
    if tail is not None and tail.first < sealed <= tail.size:
        entries = list(tail.entries)
        entries[sealed - tail.first - 1] = _another(entries[sealed - tail.first - 1])
        batch = pack_batch(tail.first, [Bundle.of(entries)], tail.salt)
        yield _forged(sealed - 1), path, b"".join([tail_head(tail.first, tail.salt), *batch])
    until = sealed - sealed % WIDTH if tail is None else min(sealed, tail.first)
    if until >= WIDTH and (found := _forged_block(copy, until, rng)) is not None:
        yield found


def _forged_block(copy: Path, until: int, rng: random.Random) -> Change | None:
    """A record of one of the newest blocks before entry ``until``; None where they were let go."""
    begins = (until - 1) // SEGMENT * SEGMENT
    path = copy / "frames" / segment_name(begins)
    data, opening, at = path.read_bytes() if path.exists() else b"", Opening(), 0
    wanted = begins + rng.randrange((until - begins) // WIDTH) * WIDTH
    for first in range(begins, wanted + 1, WIDTH):
        length = block_length(data, at)
        entries = opening.unpack(data[at : at + length], first) if length else None
        if length is None or entries is None:
            return None
        if first == wanted:
            chosen = rng.randrange(WIDTH)
            entries[chosen] = _another(entries[chosen])
            [block] = pack_blocks(first, [bytes(Bundle.of(entries).data)])
            return _forged(first + chosen), path, data[:at] + block + data[at + length :]
        at += length
    return None


def _forged(entry: int) -> Message:
    return Message(_("a digit of record {entry} changed and the check sums made right"), {"entry": entry})


def _another(entry: bytes) -> bytes:
    """The entry with its last digit another one; of one without digits its last byte."""
    at = next((at for at in reversed(range(len(entry))) if entry[at : at + 1].isdigit()), len(entry) - 1)
    return entry[:at] + bytes([entry[at] ^ 1]) + entry[at + 1 :]


def _flipped(copy: Path, path: Path, data: bytes, rng: random.Random) -> Change:
    """One bit of one byte, anywhere."""
    at, bit = rng.randrange(len(data)), rng.randrange(8)
    done = Message(_("bit {bit} of byte {at} in {file} flipped"), {"bit": bit, "at": at, "file": _named(path, copy)})
    return done, path, data[:at] + bytes([data[at] ^ 1 << bit]) + data[at + 1 :]


def _cut_short(copy: Path, path: Path, data: bytes, keep: int) -> Change:
    """The last bytes of one file."""
    params: dict[str, str | int] = {"file": _named(path, copy), "size": len(data), "kept": keep}
    return Message(_("{file} cut from {size} to {kept} bytes"), params), path, data[:keep]


def _one_of_each_kind(copy: Path, sealed: int, rng: random.Random) -> list[Path]:
    """The checkpoint, the tail, a segment of blocks, a tile that a log of this size has, what says of records let go."""
    tiles = [copy / tile.path for tile in tiles_of(sealed)]
    kinds = (
        [copy / "checkpoint"], [copy / "frames" / "tail"], sorted((copy / "frames").glob("*.blocks")), tiles,
        [copy / POINTER],
    )  # fmt: skip
    there = [[path for path in paths if path.is_file() and path.stat().st_size] for paths in kinds]
    return [rng.choice(paths) for paths in there if paths]


def _named(path: Path, copy: Path) -> str:
    return path.relative_to(copy).as_posix()
