"""Tries what a hand on the disk could do to a log, on a copy of it, and says whether verification found it; no Django."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from fanghu.testimony import Message, _
from fanghu.tlog.checkpoint import Checkpoint
from fanghu.tlog.note import Signer, Verifier, new_key
from fanghu.tlog.reader import LogReader
from fanghu.tlog.verify import verify_folder
from fanghu.tlog.writer import LogWriter

UNTOUCHED = Message(_("an untouched copy verifies"))
REWRITTEN = Message(_("one record left out, the log built anew and signed with the real key"))
Tampering = Callable[[Path, random.Random], Message]
Outcome = tuple[Message, bool]


def try_on_copy(
    folder: Path, keys: Sequence[Verifier], rng: random.Random, workdir: Path, *, since: bytes | None = None
) -> list[Outcome]:
    """Copy ``folder`` into ``workdir``, tamper in one way after the other, and return (what was done, was it found).

    First comes the untouched copy: its "found" says that it verified clean (an alarm that always rings proves nothing).
    The log itself is only read; ``workdir`` is left as it was. ``since`` is a kept checkpoint to verify against.
    """
    whole, copy = workdir / "whole", workdir / "copy"
    try:
        for _attempt in range(3):  # a relay may seal while we copy
            shutil.rmtree(whole, ignore_errors=True)
            shutil.copytree(folder, whole)
            if clean := verify_folder(whole, keys=keys, since=since).ok:
                break
        outcomes = [(UNTOUCHED, clean)]
        for tamper in (flip_a_bit, cut_a_file_short, remove_a_file, add_a_file, sign_with_another_key):
            shutil.rmtree(copy, ignore_errors=True)
            shutil.copytree(whole, copy)
            done = tamper(copy, rng)
            outcomes.append((done, not verify_folder(copy, keys=keys, since=since).ok))
        return outcomes
    finally:
        shutil.rmtree(whole, ignore_errors=True)
        shutil.rmtree(copy, ignore_errors=True)


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


def flip_a_bit(copy: Path, rng: random.Random) -> Message:
    """One bit of one byte, anywhere."""
    path = _some_file(copy, rng)
    data = bytearray(path.read_bytes())
    at, bit = rng.randrange(len(data)), rng.randrange(8)
    data[at] ^= 1 << bit
    path.write_bytes(data)
    return Message(_("bit {bit} of byte {at} in {file} flipped"), {"bit": bit, "at": at, "file": _named(path, copy)})


def cut_a_file_short(copy: Path, rng: random.Random) -> Message:
    """The last bytes of one file."""
    path = _some_file(copy, rng)
    size = path.stat().st_size
    keep = rng.randrange(size)
    with path.open("rb+") as file:
        file.truncate(keep)
    return Message(
        _("{file} cut from {size} to {kept} bytes"), {"file": _named(path, copy), "size": size, "kept": keep}
    )  # fmt: skip


def remove_a_file(copy: Path, rng: random.Random) -> Message:
    """One whole file."""
    path = _some_file(copy, rng)
    path.unlink()
    return Message(_("{file} removed"), {"file": _named(path, copy)})


def add_a_file(copy: Path, rng: random.Random) -> Message:
    """Something that is not the log's."""
    path = copy / "tile" / f"{rng.randrange(1 << 30):08x}"
    path.write_bytes(b"planted")
    return Message(_("{file} added"), {"file": _named(path, copy)})


def sign_with_another_key(copy: Path, _rng: random.Random) -> Message:
    """The checkpoint, signed by a key of the same name that nobody pinned."""
    path = copy / "checkpoint"
    old = Checkpoint.parse(path.read_bytes())
    private, _public = new_key(old.origin)
    path.write_bytes(old.signed(Signer(old.origin, private), old.sealed_at or datetime.now(UTC)).note)
    return Message(_("the checkpoint signed with another key"))


def _named(path: Path, copy: Path) -> str:
    return path.relative_to(copy).as_posix()


def _some_file(copy: Path, rng: random.Random) -> Path:
    return rng.choice(sorted(path for path in copy.rglob("*") if path.is_file() and path.stat().st_size))
