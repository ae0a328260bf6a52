"""What a witness answers to add-checkpoint, decided purely (c2sp.org/tlog-witness): it never vouches for two histories."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fanghu.tlog.checkpoint import Checkpoint
from fanghu.tlog.damage import BadNote
from fanghu.tlog.merkle import consistency_holds
from fanghu.tlog.note import Note, Verifier

LONGEST_PROOF = 63
"""Hashes a consistency proof may hold; a tree of 2^63 entries needs no more."""

SIZE_TYPE = "text/x.tlog.size"


@dataclass(frozen=True, slots=True)
class Seen:
    """The newest checkpoint of a log that the witness vouched for; nothing yet: size 0."""

    size: int = 0
    root: bytes = b""


@dataclass(frozen=True, slots=True)
class Request:
    """An add-checkpoint request: the size the asker believes was seen last, the proof from it, the checkpoint."""

    old: int
    proof: tuple[bytes, ...]
    checkpoint: Checkpoint


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer; with ``accepted`` the checkpoint is to be remembered, then cosigned: its line is the body."""

    status: int
    body: str = ""
    kind: str = "text/plain; charset=utf-8"
    accepted: Checkpoint | None = None


def parse(body: bytes) -> Request | None:
    """Read ``old N``, proof lines in base64, an empty line and a checkpoint; None when it is not exactly that."""
    head, gap, note = body.partition(b"\n\n")
    try:
        first, *lines = head.decode("ascii").split("\n")
    except UnicodeDecodeError:
        return None
    word, _space, number = first.partition(" ")
    if not gap or word != "old" or not _is_size(number) or len(lines) > LONGEST_PROOF:
        return None
    try:
        proof = tuple(base64.b64decode(line, validate=True) for line in lines)
        checkpoint = Checkpoint.parse(note)
    except (binascii.Error, ValueError, BadNote):
        return None
    return Request(int(number), proof, checkpoint) if all(len(node) == 32 for node in proof) else None


def write(old: int, proof: Sequence[bytes], note: bytes) -> bytes:
    """The body of an add-checkpoint request."""
    lines = [f"old {old}", *(base64.b64encode(node).decode() for node in proof)]
    return "\n".join(lines).encode() + b"\n\n" + note


def decide(body: bytes, keys: Mapping[str, Verifier], seen: Mapping[str, Seen]) -> Answer:
    """Judge a request by the ``keys`` of the logs it knows (by origin) and what it has ``seen`` of them."""
    asked = parse(body)
    if asked is None:
        return Answer(400, "This is no add-checkpoint request.\n")
    found = asked.checkpoint
    key = keys.get(found.origin)
    if key is None:
        return Answer(404, "This log is not known here.\n")
    if not Note.parse(found.note).signed_by([key]):
        return Answer(403, "No key known for this log signed the checkpoint.\n")
    last = seen.get(found.origin, Seen())
    if asked.old > found.size:
        return Answer(400, "The old size is larger than the checkpoint's.\n")
    if asked.old != last.size:
        return Answer(409, f"{last.size}\n", SIZE_TYPE)
    if last.size == found.size and last.size and last.root != found.root:
        return Answer(409, f"{last.size}\n", SIZE_TYPE)
    if not _extends(last, asked):
        return Answer(422, "The consistency proof does not hold.\n")
    return Answer(200, accepted=found)


def _extends(last: Seen, asked: Request) -> bool:
    new = asked.checkpoint
    if last.size in (0, new.size):
        return not asked.proof
    return consistency_holds(last.size, new.size, last.root, new.root, list(asked.proof))


def _is_size(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 20 and (text == "0" or text[0] != "0")
